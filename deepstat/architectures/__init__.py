"""Recipes that build a network for a table."""
