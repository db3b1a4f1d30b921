"""Scores: how badly a target agrees with a prediction that has not seen it; one file a score."""
