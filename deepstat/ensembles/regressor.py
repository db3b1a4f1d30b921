"""Ensembles of deep regressions."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import RegressorMixin
from sklearn.metrics import r2_score

from deepstat.ensembles.ensemble import Ensemble, document
from deepstat.ensembles.held_out_loss import Measure, own_loss
from deepstat.estimators.regressor import DeepRegressor


class EnsembleRegressor(RegressorMixin, Ensemble):
    """An ensemble of deep regressions, trained as one population.

    Parameters
    ----------
    {shared}

    Attributes
    ----------
    {attributes}

    See Also
    --------
    EnsembleClassifier : the same for classes.
    DeepRegressor : with ``n_members`` an ensemble too, of members on the same rows with equal weights.

    References
    ----------
    Breiman (1996), Bagging predictors. Lakshminarayanan, Pritzel and Blundell (2017), Simple and scalable predictive
    uncertainty estimation using deep ensembles. Huang et al. (2017), Snapshot ensembles. Caruana et al. (2004),
    Ensemble selection from libraries of models. Wenzel et al. (2020), Hyperparameter ensembles.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from deepstat import DeepRegressor, EnsembleRegressor
    >>> X, y = load_diabetes(return_X_y=True)
    >>> model = EnsembleRegressor(DeepRegressor(max_epochs=5), n_members=3, rows="bootstrap", random_state=0).fit(X, y)
    >>> model.predict(X).shape, model.predict_members(X).shape, bool((model.predict_spread(X) > 0).all())
    ((442,), (3, 442), True)
    """

    _task = "regression"
    _member_class = DeepRegressor

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> EnsembleRegressor:
        """Train the members.

        Parameters
        ----------
        X : table of shape (n, p)
        y : array-like of shape (n,) or (n, k)
        sample_weight : array-like of shape (n,) or None
            Frequencies, as for the estimator. A row is drawn as often whatever its weight, and counts by it.

        Returns
        -------
        self
        """
        return self._fit(X, y, sample_weight)

    def predict(self, X: Any) -> NDArray[Any]:
        """Return the weighted mean of the members' predictions.

        Parameters
        ----------
        X : table of shape (n, p)

        Returns
        -------
        ndarray of shape (n,) or (n, k)
        """
        self._check(X)
        return self._average(lambda member: member.predict(X))

    def _predict_member(self, member: Any, X: Any) -> NDArray[Any]:
        return member.predict(X)

    def _measure(self, members: list[Any], predictions: NDArray[Any], y: Any, weight: Any) -> Measure:
        return own_loss(self._prepared(), members, predictions.mean(axis=0, dtype=np.float64), y, weight)

    def _score_out_of_bag(self, y: Any, prediction: NDArray[Any], weight: Any) -> float:
        return float(r2_score(np.asarray(y), prediction, sample_weight=weight))


document(
    EnsembleRegressor,
    kind="DeepRegressor",
    measure="the estimator's own loss",
    oob="Out-of-bag predictions",
    score="R2",
)
