"""Statistics of a fitted estimator, for the bootstrap, the jackknife and permutation tests."""
