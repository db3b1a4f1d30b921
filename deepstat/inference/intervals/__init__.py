"""Intervals from draws: pure functions of arrays, for statistics of any shape; draws lie along the first axis."""
