"""Resampling schemes: which rows, weights or targets each refit sees; one file a scheme."""
