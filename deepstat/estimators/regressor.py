"""Deep regression under any loss."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.utils import Tags
from sklearn.utils.metaestimators import available_if

from deepstat.estimators.classical.mode import is_classical
from deepstat.estimators.deep import DeepEstimator, has_epochs
from deepstat.estimators.intervals import check_interval
from deepstat.estimators.parameters import CONSTRAINTS, LOSS_CONSTRAINTS, document
from deepstat.estimators.regression_predictions import RegressionPredictions


@dataclass(kw_only=True, eq=False, repr=False)
class DeepRegressor(RegressionPredictions, RegressorMixin, DeepEstimator):
    """A neural network for regression that obeys scikit-learn's contract.

    Takes tables as they are: numbers, booleans, categories, text, dates, missing values. Columns and target are
    standardised inside; predictions come back in units of the target.

    Parameters
    ----------
    {loss}
    {shared}

    Attributes
    ----------
    {attributes}

    See Also
    --------
    DeepClassifier : the same for classes.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from deepstat import DeepRegressor
    >>> X, y = load_diabetes(return_X_y=True, as_frame=True)
    >>> model = DeepRegressor(loss="huber", max_epochs=20, random_state=0).fit(X, y)
    >>> model.predict(X).shape, bool(model.score(X, y) > 0.3)
    ((442,), True)
    """

    _task: ClassVar[str] = "regression"
    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {**CONSTRAINTS, **LOSS_CONSTRAINTS}

    loss: Any = "auto"
    loss_params: Any = None

    def fit(
        self, X: Any, y: Any = None, sample_weight: Any = None, *, var_weights: Any = None
    ) -> DeepRegressor:
        """Train the network, or solve for the coefficients.

        Parameters
        ----------
        X : table of shape (n, p)
            DataFrame (pandas, polars), array, list of lists or scipy sparse matrix.
        y : array-like of shape (n,) or (n, k)
            None: the left side of `formula`.
        sample_weight : array-like of shape (n,) or None
            Frequencies: weight 2 counts a row twice, weight 0 leaves it out, everywhere.
        var_weights : array-like of shape (n,) or None
            Of a least squares fit by a classical solver: the variance of row i is the residual variance divided by
            ``var_weights[i]``.

        Returns
        -------
        self
        """
        return self._fit(X, y, sample_weight, var_weights=var_weights)

    @available_if(has_epochs)
    def partial_fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> DeepRegressor:
        """Train for one epoch on the rows given; columns and target scale are learned at the first call.

        Parameters
        ----------
        X : table of shape (n, p)
        y : array-like of shape (n,) or (n, k)
            None: the left side of `formula`.
        sample_weight : array-like of shape (n,) or None

        Returns
        -------
        self
        """
        return self._partial_fit(X, y, sample_weight)

    def predict(self, X: Any, *, interval: str | None = None, level: float = 0.95) -> np.ndarray:
        """Predict the target, or intervals after a classical fit.

        Parameters
        ----------
        X : table of shape (n, p)
        interval : {"prediction", "confidence"} or None
            After a classical fit only. "confidence": of the fitted mean (median, expectile). "prediction": of a new
            observation of a least squares fit with normal errors.
        level : float

        Returns
        -------
        ndarray of shape (n,) or (n, k); of intervals (n, 2)
            In units of the target; in X's float dtype, or float64. Several members are averaged.

        Raises
        ------
        ValueError
            The fit has no such interval.
        """
        members, dtype = self._members(X)
        if interval is None:
            return members.mean(axis=0).astype(dtype, copy=False)
        kind = check_interval(self, interval, level)
        if not is_classical(self._recipe):
            raise ValueError(
                "A network that predicts one number has no prediction interval: use ConformalRegressor around it, or "
                "DeepDistributionRegressor."
            )
        return self._wald_interval(X, kind, level).astype(dtype, copy=False)

    def score(self, X: Any, y: Any = None, sample_weight: Any = None) -> float:
        """Return the share of the target's variance that is explained, R squared.

        Parameters
        ----------
        X : table of shape (n, p)
        y : array-like of shape (n,) or (n, k)
            None: the left side of `formula`.
        sample_weight : array-like of shape (n,) or None

        Returns
        -------
        float
        """
        return float(super().score(X, self._target_of(X, y), sample_weight))

    def __sklearn_tags__(self) -> Tags:
        """Add several outputs to what the estimator does."""
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags


document(DeepRegressor, "squared")
