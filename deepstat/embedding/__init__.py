"""Vectors and communities of nodes learned without labels: one file a method."""
