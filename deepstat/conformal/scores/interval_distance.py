"""How far a target lies outside an interval of predicted quantiles."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]


class IntervalDistance:
    """Score max(l(x) - y, y - u(x)) for predicted quantiles l and u, negative inside: conformalised quantiles.

    Parameters
    ----------
    quantiles : sequence of float
        Levels of the columns that ``predict_quantiles`` returns.
    level : float
        l and u are the quantiles nearest to (1 - level) / 2 and (1 + level) / 2.

    Raises
    ------
    ValueError
        One column is nearest to both.

    References
    ----------
    Romano, Patterson and Candes (2019), Conformalized quantile regression.

    Examples
    --------
    >>> score = IntervalDistance([0.05, 0.5, 0.95], 0.9)
    >>> parts = np.array([[1.0, 2.0, 4.0]])
    >>> score.of(parts, np.array([6.0])).tolist(), score.of(parts, np.array([2.0])).tolist()
    ([2.0], [-1.0])
    >>> score.ends(parts, 0.5)
    (array([0.5]), array([4.5]))
    """

    def __init__(self, quantiles: Any, level: float) -> None:
        self.quantiles = quantiles
        levels = np.asarray(quantiles, dtype=np.float64).ravel()
        self.lower = int(np.abs(levels - (1 - level) / 2).argmin())
        self.upper = int(np.abs(levels - (1 + level) / 2).argmin())
        if not levels[self.lower] < levels[self.upper]:
            raise ValueError(
                f"method='cqr' needs two quantiles around level={level:g}, such as {(1 - level) / 2:g} and "
                f"{(1 + level) / 2:g}, but the estimator has quantiles={levels.tolist()}; give it those two."
            )

    @staticmethod
    def check(estimator: Any) -> None:
        """Check that an estimator predicts quantiles.

        Raises
        ------
        TypeError
            It does not.
        """
        if not (hasattr(estimator, "predict_quantiles") and hasattr(estimator, "quantiles")):
            raise TypeError(
                f"method='cqr' needs an estimator with predict_quantiles and quantiles, which "
                f"{type(estimator).__name__} lacks; choose another method, or a quantile regressor."
            )

    def at(self, level: float) -> IntervalDistance:
        """Return the score for intervals of a level, from the quantiles nearest to its ends."""
        return IntervalDistance(self.quantiles, level)

    def predict(self, member: Any, X: Any) -> Values:
        """Return what a fit says of each row: its quantiles, shape (n, q)."""
        return np.asarray(member.predict_quantiles(X), dtype=np.float64)

    def combine(self, average: Callable[[Values], Values], parts: Values) -> Values:
        """Average what M fits say, shape (M, n, q)."""
        return average(parts)

    def of(self, parts: Values, y: Values) -> Values:
        """Return the scores of targets, shape (n,)."""
        return np.maximum(parts[..., self.lower] - y, y - parts[..., self.upper])

    def ends(self, parts: Values, score: Any) -> tuple[Values, Values]:
        """Return the least and the largest target with at most this score; crossed where there is none."""
        return parts[..., self.lower] - score, parts[..., self.upper] + score
