"""p-values of several hypotheses at once."""
