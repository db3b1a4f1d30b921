"""Brier score."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deepstat.metrics.numbers import average
from deepstat.metrics.probabilities import check_probabilities


def brier_score(
    y: ArrayLike,
    probabilities: ArrayLike,
    *,
    sample_weight: ArrayLike | None = None,
    per_row: bool = False,
) -> float | NDArray[np.float64]:
    """Return the squared distance of the probabilities from what happened.

    Two classes: (p - y)², between 0 and 1. More: the sum over classes, between 0 and 2.

    Parameters
    ----------
    y : array-like of shape (n,)
        Codes 0, 1, ... of the classes.
    probabilities : array-like of shape (n,) or (n, K)
        (n,): of code 1.
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
    Brier (1950), Verification of forecasts expressed in terms of probability, Monthly Weather Review 78.

    Examples
    --------
    >>> brier_score([1, 0], [0.5, 0.0]), brier_score([2], [[0.5, 0.5, 0.0]])
    (0.125, 1.5)
    """
    codes, p = check_probabilities(y, probabilities)
    if p.ndim == 1:
        return average((p - codes) ** 2, sample_weight, per_row=per_row)
    happened = codes[:, None] == np.arange(p.shape[1])
    return average(((p - happened) ** 2).sum(axis=1), sample_weight, per_row=per_row)
