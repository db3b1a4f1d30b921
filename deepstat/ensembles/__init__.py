"""Ensembles: members on rows of their own, snapshots, greedy selection, and the spread between members."""
