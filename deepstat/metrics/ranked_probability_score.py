"""Ranked probability score of ordered classes."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deepstat.metrics.numbers import average
from deepstat.metrics.probabilities import check_probabilities


def ranked_probability_score(
    y: ArrayLike,
    probabilities: ArrayLike,
    *,
    sample_weight: ArrayLike | None = None,
    per_row: bool = False,
) -> float | NDArray[np.float64]:
    """Return the sum over levels j of (P(Y <= j) - 1(y <= j))²: the CRPS of level codes.

    It is not divided by the number of levels less one, as some do.

    Parameters
    ----------
    y : array-like of shape (n,)
        Codes 0, 1, ... of the levels, in their order.
    probabilities : array-like of shape (n, K)
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
        Shapes do not fit, codes are no whole numbers below K, or probabilities are none.

    References
    ----------
    Epstein (1969), A scoring system for probability forecasts of ranked categories, Journal of Applied Meteorology 8.

    Examples
    --------
    The nearer miss costs less.

    >>> ranked_probability_score([0, 0], [[0.0, 1.0, 0.0], [0.0, 0.0, 1.0]], per_row=True)
    array([1., 2.])
    """
    codes, p = check_probabilities(y, probabilities)
    at_most = (1 - p)[:, None] if p.ndim == 1 else p.cumsum(axis=1)[:, :-1]
    happened = codes[:, None] <= np.arange(at_most.shape[1])
    return average(((at_most - happened) ** 2).sum(axis=1), sample_weight, per_row=per_row)
