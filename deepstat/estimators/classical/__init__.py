"""The classical mode: linear models solved exactly, with their standard errors."""
