"""What quantile and expectile regression share: fit, the middle curve, curves at levels, a score."""

from __future__ import annotations

from typing import Any, ClassVar, Literal, Self

import numpy as np
import torch
from sklearn.base import RegressorMixin
from sklearn.utils import Tags
from sklearn.utils.metaestimators import available_if

from deepstat.data.sample_level import sample_level
from deepstat.data.weights import check_weights
from deepstat.estimators.deep import DeepEstimator, has_epochs
from deepstat.estimators.intervals import check_interval
from deepstat.estimators.tasks.quantiles import check_levels
from deepstat.losses.joint_curves import JointCurves


class DeepCurves(RegressorMixin, DeepEstimator):
    """Abstract: curves at several levels from one network."""

    _kind: ClassVar[Literal["quantile", "expectile"]]

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Self:
        """Train the network, or solve for the lines.

        Parameters
        ----------
        X : table of shape (n, p)
        y : array-like of shape (n,)
            None: the left side of `formula`.
        sample_weight : array-like of shape (n,) or None
            Frequencies: weight 2 counts a row twice, weight 0 leaves it out, everywhere.

        Returns
        -------
        self
        """
        return self._fit(X, y, sample_weight)

    @available_if(has_epochs)
    def partial_fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Self:
        """Train for one epoch on the rows given; columns and target scale are learned at the first call.

        Parameters
        ----------
        X : table of shape (n, p)
        y : array-like of shape (n,)
            None: the left side of `formula`.
        sample_weight : array-like of shape (n,) or None

        Returns
        -------
        self
        """
        return self._partial_fit(X, y, sample_weight)

    def predict(self, X: Any, *, interval: str | None = None, level: float = 0.95) -> np.ndarray:
        """Predict the curve of level one half: the median (of expectiles: the mean); or intervals.

        Parameters
        ----------
        X : table of shape (n, p)
        interval : {"prediction", "confidence"} or None
            "prediction": between the quantiles of levels (1 - `level`) / 2 and (1 + `level`) / 2, which must be among
            those fitted; it holds a new target with probability `level`, were they the true ones. "confidence": of
            the curve of level one half, after a classical fit.
        level : float

        Returns
        -------
        ndarray of shape (n,); of intervals (n, 2)

        Raises
        ------
        ValueError
            The fit has no such interval.
        """
        if interval is None:
            return self._predict_levels(X, (0.5,))[:, 0]
        if check_interval(self, interval, level) == "confidence":
            return self._wald_interval(X, "confidence", level)
        # Lines fitted each by itself may cross: in order they are nearer to the quantiles than as they are
        # (Chernozhukov, Fernandez-Val and Galichon 2010).
        return np.sort(self._predict_levels(X, self._ends(level)), axis=1)

    def _ends(self, level: float) -> list[float]:
        """Return the two fitted levels between which a share `level` of the targets lies."""
        if self._kind == "expectile":
            raise ValueError(
                "Expectiles hold no stated share of the targets between them: use DeepQuantileRegressor, "
                "DeepDistributionRegressor or ConformalRegressor."
            )
        fitted = check_levels(self._task, self._recipe[self._task])
        wanted = ((1.0 - level) / 2.0, (1.0 + level) / 2.0)
        found = [next((own for own in fitted if abs(own - end) < 1e-9), None) for end in wanted]
        if None in found:
            ends, known = (", ".join(f"{each:.6g}" for each in levels) for levels in (wanted, fitted))
            raise ValueError(
                f"An interval of level {level:g} needs the quantiles {ends}, but {known} were fitted: set "
                f"quantiles=[{ends}] and fit again, or choose another level."
            )
        return [own for own in found if own is not None]

    def score(self, X: Any, y: Any = None, sample_weight: Any = None) -> float:
        """Return the share of the loss that is explained: 1 - loss / loss of the levels of y without covariates.

        The losses are sums over rows and over the levels asked for. One is perfect, zero no better than constants (of
        these very rows: Koenker and Machado's R1 for quantiles, out of sample).

        Parameters
        ----------
        X : table of shape (n, p)
        y : array-like of shape (n,)
            None: the left side of `formula`.
        sample_weight : array-like of shape (n,) or None

        Returns
        -------
        float
        """
        levels = check_levels(self._task, self._recipe[self._task])
        curves = self._predict_levels(X, levels)
        y = np.asarray(self._target_of(X, y), dtype=np.float64)
        weight = check_weights(sample_weight, len(y))
        weight = np.ones(len(y)) if weight is None else weight
        found = constant = 0.0
        for level, curve in zip(levels, curves.T, strict=True):
            best = sample_level(y, weight, level, self._kind)
            found += weight @ _loss(y - curve, level, self._kind)
            constant += weight @ _loss(y - best, level, self._kind)
        return float(1.0 - found / constant) if constant > 0 else float(found == 0.0)

    def _predict_levels(self, X: Any, levels: Any) -> np.ndarray:
        raw, dtype = self._raw(X)
        loss: JointCurves = self._resolved().target
        columns = [loss.levels.index(level) for level in check_levels(self._task, levels)]
        members = [
            loss.curves(torch.from_numpy(own)).numpy()[:, columns] * target.scale[0] + target.center[0]
            for own, target in zip(raw, self._targets_of(raw), strict=True)
        ]
        return np.mean(members, axis=0).astype(dtype, copy=False)

    def __sklearn_tags__(self) -> Tags:
        """Say that the score is no R squared: a good fit of extreme levels explains less than half of their loss."""
        tags = super().__sklearn_tags__()
        tags.regressor_tags.poor_score = True
        return tags


def _loss(residual: np.ndarray, level: float, kind: str) -> np.ndarray:
    side = np.abs(level - (residual < 0))
    return side * (np.abs(residual) if kind == "quantile" else residual**2)
