"""The basic interval."""

from __future__ import annotations

from typing import Any

import numpy as np

from deepstat.inference.intervals.percentile import percentile


def basic(draws: Any, estimate: Any, level: float = 0.95) -> np.ndarray:
    """Return the percentile interval turned around the estimate: where draws lie high, the truth lies low.

    Parameters
    ----------
    draws : array-like of shape (B, ...)
    estimate : array-like of shape (...)
    level : float, default=0.95

    Returns
    -------
    ndarray of shape (2, ...)

    References
    ----------
    Davison and Hinkley (1997), Bootstrap Methods and their Application, section 2.4 and equation 5.6.

    Examples
    --------
    >>> basic(range(101), 40.0, level=0.9)
    array([-15.,  75.])
    """
    return 2 * np.asarray(estimate, dtype=np.float64) - percentile(draws, level)[::-1]
