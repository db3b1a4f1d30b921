"""Classes and probabilities of nodes or pairs, on the graph of the fit or another one."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.utils.metaestimators import available_if

from deepstat.estimators.class_predictions import ClassPredictions, gives_probabilities
from deepstat.graph.graph import Graph


class GraphClassPredictions(ClassPredictions):
    """What classifiers of nodes and of pairs predict."""

    def predict(self, X: Any, graph: Graph | None = None) -> np.ndarray:
        """Predict the class of nodes or pairs.

        Parameters
        ----------
        X : array-like of shape (m,) or (m, 1), of pairs (m, 2)
        graph : Graph or None
            Where they are; None: the estimator's graph.

        Returns
        -------
        ndarray of shape (m,)
        """
        return super(GraphClassPredictions, self._at(graph)).predict(X)  # type: ignore[attr-defined]

    def decision_function(self, X: Any, graph: Graph | None = None) -> np.ndarray:
        """Return scores, whose largest is the class predicted, as among the rows trained on.

        Parameters
        ----------
        X : array-like of shape (m,) or (m, 1), of pairs (m, 2)
        graph : Graph or None

        Returns
        -------
        ndarray of shape (m,) for two classes, else (m, n_classes)
        """
        return super(GraphClassPredictions, self._at(graph)).decision_function(X)  # type: ignore[attr-defined]

    @available_if(gives_probabilities)
    def predict_proba(self, X: Any, graph: Graph | None = None) -> np.ndarray:
        """Estimate the probability of each class, with the distortions of loss, weights and sampling undone.

        Parameters
        ----------
        X : array-like of shape (m,) or (m, 1), of pairs (m, 2)
        graph : Graph or None

        Returns
        -------
        ndarray of shape (m, n_classes)
        """
        return super(GraphClassPredictions, self._at(graph)).predict_proba(X)  # type: ignore[attr-defined]

    def score(self, X: Any, y: Any, sample_weight: Any = None, graph: Graph | None = None) -> float:
        """Return the share of rows whose class is predicted.

        Parameters
        ----------
        X : array-like of shape (m,) or (m, 1), of pairs (m, 2)
        y : array-like of shape (m,)
        sample_weight : array-like of shape (m,) or None
        graph : Graph or None

        Returns
        -------
        float
        """
        return float(super(GraphClassPredictions, self._at(graph)).score(X, y, sample_weight))  # type: ignore[attr-defined]
