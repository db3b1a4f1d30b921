"""The residual in predicted standard deviations."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]


class Normalised:
    """Score |y - m(x)| / s(x): intervals as wide as the predicted standard deviation says, times one factor.

    Mean and standard deviation come from ``predict_distribution(X)``, an object with ``mean`` and ``std``, or, for
    scikit-learn's Bayesian regressions, from ``predict(X, return_std=True)``.

    References
    ----------
    Papadopoulos, Gammerman and Vovk (2008), Normalized nonconformity measures for regression conformal prediction.

    Examples
    --------
    >>> score = Normalised()
    >>> parts = np.array([[1.0, 2.0]])
    >>> score.of(parts, np.array([5.0])).tolist(), score.ends(parts, 3.0)
    ([2.0], (array([-5.]), array([7.])))
    """

    @staticmethod
    def check(estimator: Any) -> None:
        """Check that an estimator predicts a standard deviation.

        Raises
        ------
        TypeError
            It does not.
        """
        if not (hasattr(estimator, "predict_distribution") or _returns_std(estimator)):
            raise TypeError(
                f"score='normalised' needs predict_distribution(X) or predict(X, return_std=True), which "
                f"{type(estimator).__name__} lacks; choose score='absolute', or an estimator of distributions."
            )

    def at(self, level: float) -> Normalised:
        """Return the score for intervals of a level: the same for all."""
        return self

    def predict(self, member: Any, X: Any) -> Values:
        """Return what a fit says of each row: mean and standard deviation, shape (n, 2)."""
        if hasattr(member, "predict_distribution"):
            distribution = member.predict_distribution(X)
            mean, std = distribution.mean, distribution.std
        else:
            mean, std = member.predict(X, return_std=True)
        parts = np.stack([np.asarray(mean, np.float64).ravel(), np.asarray(std, np.float64).ravel()], axis=1)
        if not (np.isfinite(parts).all() and (parts[:, 1] > 0).all()):
            raise ValueError(
                "A predicted standard deviation is zero or infinite, or a mean is not finite, so that residuals cannot "
                "be divided; choose score='absolute', or a distribution with finite variance."
            )
        return parts

    def combine(self, average: Callable[[Values], Values], parts: Values) -> Values:
        """Average what M fits say, shape (M, n, 2): mean and standard deviation of their mixture."""
        if len(parts) == 1:
            return average(parts)
        origin = parts[..., 0].mean(axis=0)  # without it the squares would cancel
        shift, std = parts[..., 0] - origin, parts[..., 1]
        moments = average(np.stack([parts[..., 0], shift, std**2 + shift**2], axis=-1))
        variance = moments[..., 2] - moments[..., 1] ** 2
        return np.stack([moments[..., 0], np.sqrt(np.maximum(variance, np.finfo(np.float64).tiny))], axis=-1)

    def of(self, parts: Values, y: Values) -> Values:
        """Return the scores of targets, shape (n,)."""
        return np.abs(y - parts[..., 0]) / parts[..., 1]

    def ends(self, parts: Values, score: Any) -> tuple[Values, Values]:
        """Return the least and the largest target with at most this score."""
        reach = parts[..., 1] * score
        return parts[..., 0] - reach, parts[..., 0] + reach


def _returns_std(estimator: Any) -> bool:
    return "return_std" in inspect.signature(estimator.predict).parameters
