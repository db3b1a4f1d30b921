"""Sampling from graphs that are too large to propagate along whole: neighbours, layers, subgraphs; NumPy alone."""
