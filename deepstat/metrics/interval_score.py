"""Interval score."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deepstat.metrics.levels import check_level
from deepstat.metrics.numbers import average, numbers


def interval_score(
    y: ArrayLike,
    low: ArrayLike,
    high: ArrayLike,
    *,
    level: float = 0.95,
    sample_weight: ArrayLike | None = None,
    per_row: bool = False,
) -> float | NDArray[np.float64]:
    """Return the width of the interval plus 2/(1 - level) times the distance by which y lies outside it.

    Also called Winkler score. It is least for the equal-tailed interval.

    Parameters
    ----------
    y, low, high : array-like of shape (n,)
        Ends belong to the interval.
    level : float, default=0.95
        Nominal coverage.
    sample_weight : array-like of shape (n,) or None
        Frequencies.
    per_row : bool, default=False
        Return the score of each row.

    Returns
    -------
    float, or ndarray of shape (n,)

    Raises
    ------
    ValueError
        Shapes do not fit, values are missing, or an interval ends below its start.

    References
    ----------
    Winkler (1972), A decision-theoretic approach to interval estimation, JASA 67.
    Gneiting and Raftery (2007), Strictly proper scoring rules, prediction, and estimation, JASA 102.

    Examples
    --------
    >>> interval_score([0.5, 1.1], [0.0, 0.0], [1.0, 1.0], level=0.8, per_row=True)
    array([1., 2.])
    """
    outside = 2 / (1 - check_level(level))
    y, low, high = check_interval(y, low, high)
    scores = high - low + outside * (np.maximum(low - y, 0) + np.maximum(y - high, 0))
    return average(scores, sample_weight, per_row=per_row)


def check_interval(
    y: ArrayLike, low: ArrayLike, high: ArrayLike, *, infinite: bool = False
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return y and the ends of the intervals, each (n,) and in order.

    Parameters
    ----------
    y, low, high : array-like of shape (n,)
    infinite : bool
        Whether ends may be infinite.

    Raises
    ------
    ValueError
        Shapes do not fit, values are missing, or an interval ends below its start.

    Examples
    --------
    >>> [part.tolist() for part in check_interval([1], [0], [2])]
    [[1.0], [0.0], [2.0]]
    """
    y = numbers("y", y, (None,))
    low = numbers("low", low, y.shape, infinite=infinite)
    high = numbers("high", high, y.shape, infinite=infinite)
    if (low > high).any():
        row = int(np.argmax(low > high))
        raise ValueError(
            f"Row {row} has the interval [{low[row]:g}, {high[row]:g}]; give low at or below high."
        )
    return y, low, high
