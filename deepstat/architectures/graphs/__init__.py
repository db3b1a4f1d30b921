"""Recipes of graph networks: which operator, how many, and what is around them."""
