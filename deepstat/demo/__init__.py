"""The demonstration behind ``deepstat demo``: three small studies on data sets that other packages bring along."""

from deepstat.demo.main import main

__all__ = ["main"]
