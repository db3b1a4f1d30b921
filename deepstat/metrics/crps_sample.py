"""Continuous ranked probability score from a sample."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deepstat.metrics.numbers import average, numbers


def crps_sample(
    y: ArrayLike,
    sample: ArrayLike,
    *,
    fair: bool = True,
    sample_weight: ArrayLike | None = None,
    per_row: bool = False,
) -> float | NDArray[np.float64]:
    """Return E|X - y| - E|X - X'|/2 from m draws X for each row.

    Parameters
    ----------
    y : array-like of shape (n,)
    sample : array-like of shape (m, n)
        m draws for each row, as ``sample(m)`` of a predicted distribution returns them.
    fair : bool, default=True
        True: the draws stand for the distribution they come from, whose CRPS is estimated without bias (differences
        between distinct draws only; it may be negative). False: they are the forecast, m equally likely values.
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
        Shapes do not fit, values are missing, or there is one draw and `fair`.

    References
    ----------
    Gneiting and Raftery (2007), Strictly proper scoring rules, prediction, and estimation, JASA 102.
    Ferro (2014), Fair scores for ensemble forecasts, Quarterly Journal of the Royal Meteorological Society 140.

    Examples
    --------
    >>> crps_sample([0.0], [[-1.0], [1.0]], fair=False), crps_sample([0.0], [[-1.0], [1.0]])
    (0.5, 0.0)
    """
    y = numbers("y", y, (None,))
    draws = np.sort(numbers("sample", sample, (None, len(y))), axis=0)
    m = check_draws(len(draws), fair)
    # The sum of |x_i - x_j| over pairs is a weighted sum of the order statistics: m log m work instead of m².
    rank = 2 * np.arange(1, m + 1) - m - 1
    spread = rank @ draws / (m * (m - 1 if fair else m))
    return average(np.abs(draws - y).mean(axis=0) - spread, sample_weight, per_row=per_row)


def check_draws(m: int, fair: bool) -> int:
    """Return the number of draws, which is at least 2 for a fair score.

    Parameters
    ----------
    m : int
    fair : bool

    Raises
    ------
    ValueError
        There is one draw.

    Examples
    --------
    >>> check_draws(1, fair=False)
    1
    """
    if fair and m < 2:
        raise ValueError("A fair score needs at least two draws for each row; draw more, or say fair=False.")
    return m
