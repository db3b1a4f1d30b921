"""The absolute residual."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]


class Absolute:
    """Score |y - m(x)|: intervals of one width around the prediction.

    References
    ----------
    Lei, G'Sell, Rinaldo, Tibshirani and Wasserman (2018), Distribution-free predictive inference for regression.

    Examples
    --------
    >>> score = Absolute()
    >>> score.of(np.array([[1.0], [2.0]]), np.array([0.5, 4.0])).tolist()
    [0.5, 2.0]
    >>> score.ends(np.array([[3.0]]), 2.0)
    (array([1.]), array([5.]))
    """

    def at(self, level: float) -> Absolute:
        """Return the score for intervals of a level: the same for all."""
        return self

    def predict(self, member: Any, X: Any) -> Values:
        """Return what a fit says of each row: its prediction, shape (n, 1)."""
        return np.asarray(member.predict(X), dtype=np.float64).reshape(-1, 1)

    def combine(self, average: Callable[[Values], Values], parts: Values) -> Values:
        """Average what M fits say, shape (M, n, 1), by a linear map over the first axis."""
        return average(parts)

    def of(self, parts: Values, y: Values) -> Values:
        """Return the scores of targets, shape (n,)."""
        return np.abs(y - parts[..., 0])

    def ends(self, parts: Values, score: Any) -> tuple[Values, Values]:
        """Return the least and the largest target with at most this score."""
        return parts[..., 0] - score, parts[..., 0] + score
