"""A plugin for deepstat: one loss and one architecture."""
