"""Numbers of nodes or pairs, on the graph of the fit or another one."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.utils import Tags

from deepstat.estimators.regression_predictions import RegressionPredictions
from deepstat.graph.graph import Graph


class GraphRegressionPredictions(RegressionPredictions, RegressorMixin):
    """What regressors of nodes and of pairs predict."""

    def predict(self, X: Any, graph: Graph | None = None) -> np.ndarray:
        """Predict the target of nodes or pairs.

        Parameters
        ----------
        X : array-like of shape (m,) or (m, 1), of pairs (m, 2)
        graph : Graph or None
            Where they are; None: the estimator's graph.

        Returns
        -------
        ndarray of shape (m,) or (m, k)
        """
        members, dtype = self._at(graph)._members(X)
        return members.mean(axis=0).astype(dtype, copy=False)

    def score(self, X: Any, y: Any, sample_weight: Any = None, graph: Graph | None = None) -> float:
        """Return the share of the target's variance that is explained, R squared.

        Parameters
        ----------
        X : array-like of shape (m,) or (m, 1), of pairs (m, 2)
        y : array-like of shape (m,) or (m, k)
        sample_weight : array-like of shape (m,) or None
        graph : Graph or None

        Returns
        -------
        float
        """
        return float(super(GraphRegressionPredictions, self._at(graph)).score(X, y, sample_weight))

    def __sklearn_tags__(self) -> Tags:
        """Add several outputs to what the estimator does."""
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
