"""Classes and probabilities from raw outputs."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.utils.metaestimators import available_if

from deepstat.estimators.probabilities import has_probabilities, probabilities, undo


def gives_probabilities(estimator: Any) -> bool:
    """Say whether a classifier's loss has probabilities; raise AttributeError where it has none."""
    loss = getattr(estimator, "_recipe", {"loss": estimator.loss})["loss"]
    if has_probabilities(loss):
        return True
    raise AttributeError(
        f"loss={loss!r} gives no probabilities: use decision_function, or loss='cross_entropy' or 'focal'."
    )


class ClassPredictions(ClassifierMixin):
    """What classifiers do with raw outputs, whatever X is."""

    def predict(self, X: Any) -> np.ndarray:
        """Predict the class.

        Parameters
        ----------
        X : table of shape (n, p)

        Returns
        -------
        ndarray of shape (n,)

        Warns
        -----
        UserWarning
            Rows have missing values, after a classical fit: their probabilities are NaN, and they get the first class.
        """
        score = self.decision_function(X)
        missing = np.isnan(score if score.ndim == 1 else score[:, 0])
        if missing.any():
            warnings.warn(
                f"{missing.sum()} row(s) of X have missing values, the first is row {missing.argmax()}: they get the "
                f"first class, {self.classes_[0]!r}; their probabilities are NaN.",
                UserWarning,
                stacklevel=2,
            )
        chosen = (score > 0).astype(np.intp) if score.ndim == 1 else score.argmax(axis=1)
        return self.classes_[chosen]

    def decision_function(self, X: Any) -> np.ndarray:
        """Return the network's scores, whose largest is the class predicted.

        Parameters
        ----------
        X : table of shape (n, p)

        Returns
        -------
        ndarray of shape (n,) for two classes (positive: the second), else (n, n_classes)
            Log-odds, or log-probabilities up to a constant, for losses that have probabilities; of several members
            those of their mean probabilities, so that the class predicted is the likeliest one. Scores of other losses
            are averaged.
        """
        raw, dtype = self._raw(X)
        score = self._scores(raw)
        return (score[:, 0] if score.shape[1] == 1 else score).astype(dtype, copy=False)

    @available_if(gives_probabilities)
    def predict_proba(self, X: Any) -> np.ndarray:
        """Estimate the probability of each class, with the distortions of the loss undone.

        Parameters
        ----------
        X : table of shape (n, p)

        Returns
        -------
        ndarray of shape (n, n_classes)
            Columns as in ``classes_``.
        """
        members, dtype = self._members(X)
        return members.mean(axis=0).astype(dtype, copy=False)

    @available_if(gives_probabilities)
    def predict_log_proba(self, X: Any) -> np.ndarray:
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

    @available_if(gives_probabilities)
    def predict_raw_proba(self, X: Any) -> np.ndarray:
        """Return the network's own probabilities, as the loss shaped them.

        Parameters
        ----------
        X : table of shape (n, p)

        Returns
        -------
        ndarray of shape (n, n_classes)
        """
        raw, dtype = self._raw(X)
        return self._mean_raw_probabilities(raw).astype(dtype, copy=False)

    def _members(self, X: Any) -> tuple[np.ndarray, np.dtype[Any]]:
        """Return the probabilities (members, n, n_classes) of members, or heads, and the dtype for their mean."""
        raw, dtype = self._raw(X)
        loss = self._resolved()
        return np.stack([undo(probabilities(own, loss), loss, self.class_weight_) for own in raw]), dtype

    def _scores(self, raw: np.ndarray) -> np.ndarray:
        """Return scores (n, k) from the raw outputs (members, n, k) of members, or heads."""
        if len(raw) == 1 or not has_probabilities(self._recipe["loss"]):
            return raw.mean(axis=0)
        log_p = np.log(np.maximum(self._mean_raw_probabilities(raw), np.finfo(np.float64).tiny))
        return log_p if raw.shape[2] > 1 else log_p[:, 1:] - log_p[:, :1]

    def _mean_raw_probabilities(self, raw: np.ndarray) -> np.ndarray:
        """Return probabilities (n, n_classes) as the loss shaped them, averaged over members, or heads."""
        loss = self._resolved()
        return np.mean([probabilities(own, loss) for own in raw], axis=0)
