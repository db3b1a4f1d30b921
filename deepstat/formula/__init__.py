"""Formulas: from text to design matrices and to networks with a structured and a deep part."""
