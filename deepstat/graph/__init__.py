"""Graphs as data: nodes, edges and what they carry, the matrices of a graph and its description in numbers."""
