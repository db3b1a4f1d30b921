"""Activations that torch lacks, or whose options need names: elementwise functions and module classes."""
