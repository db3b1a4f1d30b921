"""Schedules: factors of the learning rate by the fraction of all steps done."""
