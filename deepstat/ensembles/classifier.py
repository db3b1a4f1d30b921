"""Ensembles of deep classifiers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import ClassifierMixin
from sklearn.metrics import accuracy_score
from sklearn.utils.metaestimators import available_if

from deepstat.ensembles.ensemble import Ensemble, document
from deepstat.ensembles.held_out_loss import SMALLEST, Measure, log_loss
from deepstat.estimators.classifier import DeepClassifier
from deepstat.estimators.probabilities import has_probabilities


def _gives_probabilities(ensemble: EnsembleClassifier) -> bool:
    drawn = (ensemble.random_params or {}).get("loss", [])
    losses = [
        getattr(ensemble.estimator, "loss", "auto"),
        *(drawn if isinstance(drawn, (list, tuple)) else []),
    ]
    refused = [loss for loss in losses if not has_probabilities(loss)]
    if not refused:
        return True
    raise AttributeError(
        f"loss={refused[0]!r} gives no probabilities: use decision_function, or loss='cross_entropy' or 'focal'."
    )


class EnsembleClassifier(ClassifierMixin, Ensemble):
    """An ensemble of deep classifiers, trained as one population.

    Probabilities are the weighted mean of the members'. ``predict`` and ``decision_function`` average the members'
    probabilities as their loss shaped them, so that class weights act as costs; margins (hinge) are averaged as they
    are.

    Parameters
    ----------
    {shared}

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
    {attributes}

    See Also
    --------
    EnsembleRegressor : the same for numbers.
    deepstat.ensembles.entropy_decomposition : uncertainty within and between members.

    References
    ----------
    Breiman (1996), Bagging predictors. Lakshminarayanan, Pritzel and Blundell (2017), Simple and scalable predictive
    uncertainty estimation using deep ensembles. Huang et al. (2017), Snapshot ensembles. Caruana et al. (2004),
    Ensemble selection from libraries of models. Wenzel et al. (2020), Hyperparameter ensembles.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from deepstat import DeepClassifier, EnsembleClassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> model = EnsembleClassifier(DeepClassifier(max_epochs=20), n_members=3, random_state=0).fit(X, y)
    >>> model.predict_proba(X).shape, model.predict_members(X).shape, bool(model.score(X, y) > 0.8)
    ((150, 3), (3, 150, 3), True)
    """

    _task = "classification"
    _member_class = DeepClassifier

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> EnsembleClassifier:
        """Train the members.

        Parameters
        ----------
        X : table of shape (n, p)
        y : array-like of shape (n,), or (n, n_classes)
            Labels, or class probabilities (soft targets).
        sample_weight : array-like of shape (n,) or None
            Frequencies, as for the estimator. A row is drawn as often whatever its weight, and counts by it.

        Returns
        -------
        self
        """
        return self._fit(X, y, sample_weight)

    def predict(self, X: Any) -> NDArray[Any]:
        """Predict the class.

        Parameters
        ----------
        X : table of shape (n, p)

        Returns
        -------
        ndarray of shape (n,)
        """
        return self._labels(self.decision_function(X))

    def decision_function(self, X: Any) -> NDArray[Any]:
        """Return scores whose largest is the class predicted.

        Parameters
        ----------
        X : table of shape (n, p)

        Returns
        -------
        ndarray of shape (n,) for two classes (positive: the second), else (n, n_classes)
            Log-odds, or log-probabilities, of the averaged probabilities; for losses without any, averaged scores.
        """
        self._check(X)
        if not _has_probabilities(self):
            return self._average(lambda member: member.decision_function(X))
        dtype: list[np.dtype[Any]] = []

        def shaped(member: Any) -> NDArray[np.float64]:
            raw, own = member._raw(X)
            dtype.append(own)
            return member._mean_raw_probabilities(raw)

        log_p = np.log(np.maximum(self._average(shaped), SMALLEST))
        return (log_p[:, 1] - log_p[:, 0] if log_p.shape[1] == 2 else log_p).astype(dtype[0], copy=False)

    @available_if(_gives_probabilities)
    def predict_proba(self, X: Any) -> NDArray[Any]:
        """Return the weighted mean of the members' probabilities.

        Parameters
        ----------
        X : table of shape (n, p)

        Returns
        -------
        ndarray of shape (n, n_classes)
            Columns as in ``classes_``.
        """
        self._check(X)
        return self._average(lambda member: member.predict_proba(X))

    @available_if(_gives_probabilities)
    def predict_log_proba(self, X: Any) -> NDArray[Any]:
        """Return the logarithm of :meth:`predict_proba`.

        Parameters
        ----------
        X : table of shape (n, p)

        Returns
        -------
        ndarray of shape (n, n_classes)
        """
        with np.errstate(divide="ignore"):  # a probability that underflowed to zero has log -inf
            return np.log(self.predict_proba(X))

    def _labels(self, score: NDArray[Any]) -> NDArray[Any]:
        chosen = (score > 0).astype(np.intp) if score.ndim == 1 else score.argmax(axis=1)
        return self.classes_[chosen]

    def _prepared(self) -> Any:
        estimator = super()._prepared()
        if (self.selection is not None or self.oob_score) and not _has_probabilities(self):
            raise ValueError(
                "Members are measured by their probabilities, which their loss does not give: leave selection and "
                "oob_score out, or use loss='cross_entropy' or 'focal'."
            )
        return estimator

    def _predict_member(self, member: Any, X: Any) -> NDArray[Any]:
        if _has_probabilities(self):
            return member.predict_proba(X)
        return member.decision_function(X)

    def _measure(self, members: list[Any], predictions: NDArray[Any], y: Any, weight: Any) -> Measure:
        return log_loss(members[0].target_, y, weight)

    def _score_out_of_bag(self, y: Any, prediction: NDArray[Any], weight: Any) -> float:
        truth = self.classes_[self.estimators_[0].target_.codes(y)]
        return float(accuracy_score(truth, self.classes_[prediction.argmax(axis=1)], sample_weight=weight))


def _has_probabilities(ensemble: EnsembleClassifier) -> bool:
    try:
        return _gives_probabilities(ensemble)
    except AttributeError:
        return False


document(
    EnsembleClassifier,
    kind="DeepClassifier",
    measure="the log-loss",
    oob="Out-of-bag probabilities",
    score="Accuracy",
)
