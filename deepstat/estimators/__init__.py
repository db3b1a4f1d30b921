"""The estimators: the one place that joins registry, data, networks and training."""
