"""Layers of graph networks: sums over neighbours, and the operators that are made of them."""
