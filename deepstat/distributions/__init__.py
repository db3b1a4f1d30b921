"""Distributions: one file a family; raw numbers become parameters, and parameters a distribution for each row."""
