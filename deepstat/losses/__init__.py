"""Losses: one file a loss, pure functions of raw network output and target, never reduced over rows."""
