"""The normal interval."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import ndtri

from deepstat.inference.intervals.levels import check_draws, tails


def normal(draws: Any, estimate: Any, level: float = 0.95) -> np.ndarray:
    """Return estimate plus and minus z standard errors, the standard deviation of the draws.

    Parameters
    ----------
    draws : array-like of shape (B, ...)
    estimate : array-like of shape (...)
    level : float, default=0.95

    Returns
    -------
    ndarray of shape (2, ...)
        Lower and upper ends.

    References
    ----------
    Efron and Tibshirani (1993), An Introduction to the Bootstrap, chapter 12.

    Examples
    --------
    >>> normal([9.0, 10.0, 11.0], 10.0, level=0.95).round(2)
    array([ 8.04, 11.96])
    """
    width = ndtri(tails(level)[1]) * check_draws(draws).std(axis=0, ddof=1)
    centre = np.asarray(estimate, dtype=np.float64)
    return np.stack([centre - width, centre + width])
