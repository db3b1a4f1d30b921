"""Colour refinement, the 1-dimensional Weisfeiler-Leman algorithm: what message passing can and cannot tell apart."""

from deepstat.graph.weisfeiler_leman.refine import refine
from deepstat.graph.weisfeiler_leman.wl_features import wl_features
from deepstat.graph.weisfeiler_leman.wl_test import wl_test

__all__ = ["refine", "wl_features", "wl_test"]
