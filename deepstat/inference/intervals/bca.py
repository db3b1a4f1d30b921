"""The bias-corrected and accelerated interval."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from scipy.special import ndtr, ndtri

from deepstat.inference.intervals.levels import check_draws, tails


def bca(draws: Any, estimate: Any, jackknife: Any, level: float = 0.95) -> np.ndarray:
    """Return quantiles of the draws at levels corrected for bias and for a standard error that moves with the truth.

    The bias correction takes draws equal to the estimate as half below it. The acceleration comes from jackknife
    values; groups of nearly equal size give it as well as single rows do, with more noise.

    Parameters
    ----------
    draws : array-like of shape (B, ...)
    estimate : array-like of shape (...)
    jackknife : array-like of shape (G, ...)
        The statistic without each group of rows.
    level : float, default=0.95

    Returns
    -------
    ndarray of shape (2, ...)
        NaN, with a warning, where all draws lie on one side of the estimate.

    References
    ----------
    Efron (1987), Better bootstrap confidence intervals.

    Examples
    --------
    >>> bca(range(101), 50.0, [1.0, 2.0, 3.0], level=0.9)
    array([ 5., 95.])
    """
    draws, estimate = check_draws(draws), np.asarray(estimate, dtype=np.float64)
    below = ((draws < estimate).mean(axis=0) + (draws <= estimate).mean(axis=0)) / 2
    if np.any((below <= 0) | (below >= 1)):
        warnings.warn(
            "All draws lie on one side of the estimate, where a BCa interval is not defined: it is NaN there.",
            RuntimeWarning,
            stacklevel=2,
        )
    with np.errstate(invalid="ignore"):  # infinite corrections become NaN ends
        z0, a = ndtri(below), acceleration(jackknife)
        z = z0 + ndtri(np.array(tails(level))).reshape(2, *[1] * estimate.ndim)
        levels = ndtr(z0 + z / (1 - a * z))
    return _quantiles(draws, levels)


def acceleration(jackknife: Any) -> np.ndarray:
    """Return a sixth of the skewness of the jackknife's influence values; zero where they do not vary.

    Parameters
    ----------
    jackknife : array-like of shape (G, ...)

    Returns
    -------
    ndarray of shape (...)

    Examples
    --------
    >>> float(acceleration([0.0, 0.0, 3.0]).round(6))
    -0.068041
    """
    values = check_draws(jackknife)
    influence = values.mean(axis=0) - values
    spread = (influence**2).sum(axis=0) ** 1.5
    return (influence**3).sum(axis=0) / (6 * np.where(spread > 0, spread, 1.0))


def _quantiles(draws: np.ndarray, levels: np.ndarray) -> np.ndarray:
    """Return quantiles (2, ...) at levels of their own for each entry of the statistic."""
    flat, wanted = draws.reshape(len(draws), -1), levels.reshape(2, -1)
    out = np.full(wanted.shape, np.nan)
    for entry in np.flatnonzero(np.isfinite(wanted).all(axis=0)):
        out[:, entry] = np.quantile(flat[:, entry], wanted[:, entry])
    return out.reshape(levels.shape)
