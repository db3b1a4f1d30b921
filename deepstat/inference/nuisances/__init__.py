"""Cross-fitted regressions on z that the scores of the partially linear model need."""
