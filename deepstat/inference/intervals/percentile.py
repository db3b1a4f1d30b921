"""The percentile interval."""

from __future__ import annotations

from typing import Any

import numpy as np

from deepstat.inference.intervals.levels import check_draws, tails


def percentile(draws: Any, level: float = 0.95) -> np.ndarray:
    """Return quantiles of the draws (interpolated linearly).

    Parameters
    ----------
    draws : array-like of shape (B, ...)
    level : float, default=0.95

    Returns
    -------
    ndarray of shape (2, ...)

    References
    ----------
    Efron and Tibshirani (1993), An Introduction to the Bootstrap, chapter 13.

    Examples
    --------
    >>> percentile(range(101), level=0.9)
    array([ 5., 95.])
    """
    return np.quantile(check_draws(draws), tails(level), axis=0)
