"""Simultaneous bands."""

from __future__ import annotations

from typing import Any

import numpy as np

from deepstat.inference.intervals.levels import check_draws, tails


def sup_t(draws: Any, estimate: Any, level: float = 0.95) -> np.ndarray:
    """Return a band that holds all entries of the statistic at once in the stated share of the draws.

    The band is estimate plus and minus c standard errors; c is the quantile of the largest |draw - estimate| / standard
    error over all entries. Pointwise intervals, each at that level, miss somewhere far more often.

    Parameters
    ----------
    draws : array-like of shape (B, ...)
    estimate : array-like of shape (...)
    level : float, default=0.95

    Returns
    -------
    ndarray of shape (2, ...)
        Entries that do not vary have no width and do not count.

    References
    ----------
    Montiel Olea and Plagborg-Moller (2019), Simultaneous confidence bands: theory, implementation, and an application
    to SVARs.

    Examples
    --------
    >>> sup_t([[9.0, 5.0], [11.0, 7.0], [10.0, 6.0]], [10.0, 6.0], level=0.9)
    array([[ 9.,  5.],
           [11.,  7.]])
    """
    tails(level)
    draws, estimate = check_draws(draws), np.asarray(estimate, dtype=np.float64)
    error = draws.std(axis=0, ddof=1)
    scaled = np.abs(draws - estimate) / np.where(error > 0, error, np.inf)
    width = np.quantile(scaled.reshape(len(draws), -1).max(axis=1), level) * error
    return np.stack([estimate - width, estimate + width])
