"""Numbers of edges."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.utils import Tags

from deepstat.estimators.graphs.document import document
from deepstat.estimators.graphs.pair_estimator import PairEstimator, document_pairs
from deepstat.estimators.parameters import LOSS_CONSTRAINTS
from deepstat.estimators.regression_predictions import RegressionPredictions
from deepstat.graph.graph import Graph


@dataclass(kw_only=True, eq=False, repr=False)
class EdgeRegressor(RegressionPredictions, RegressorMixin, PairEstimator):
    """A graph network that predicts numbers of edges, or of any pairs of nodes; X names the pairs.

    All edges take part in the messages; only the pairs of X have a loss. In an undirected graph (u, v) and (v, u) get
    one prediction.

    Parameters
    ----------
    {graph}
    {pairs}
    {loss}
    {shared}

    Attributes
    ----------
    {attributes}

    See Also
    --------
    EdgeClassifier : the same for classes, with notes on edge features and on folds of pairs.

    Examples
    --------
    >>> import numpy as np
    >>> from deepstat import EdgeRegressor, Graph
    >>> graph = Graph([[0, 1, 2, 3], [1, 2, 3, 4]], node_features=np.eye(5))
    >>> model = EdgeRegressor(graph=graph, max_epochs=30, random_state=0).fit([(0, 1), (3, 4)], [0.0, 4.0])
    >>> there, back = model.predict([(1, 2), (2, 1)])
    >>> bool(np.isclose(there, back))
    True
    """

    _task: ClassVar[str] = "regression"
    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **PairEstimator._parameter_constraints,
        **LOSS_CONSTRAINTS,
    }

    loss: Any = "auto"
    loss_params: Any = None

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> EdgeRegressor:
        """Train the network.

        Parameters
        ----------
        X : array-like of shape (m, 2)
            Names of the nodes of each pair, source and target, or their ids where the graph has no names.
        y : array-like of shape (m,) or (m, k)
        sample_weight : array-like of shape (m,) or None
            Frequencies.

        Returns
        -------
        self
        """
        return self._fit(X, y, sample_weight)  # type: ignore[no-any-return]

    def predict(self, X: Any, graph: Graph | None = None) -> np.ndarray:
        """Predict the target of pairs.

        Parameters
        ----------
        X : array-like of shape (m, 2)
        graph : Graph or None
            Where they are; None: the estimator's graph.

        Returns
        -------
        ndarray of shape (m,) or (m, k)
        """
        members, dtype = self._at(graph)._members(X)
        return members.mean(axis=0).astype(dtype, copy=False)  # type: ignore[no-any-return]

    def score(self, X: Any, y: Any, sample_weight: Any = None, graph: Graph | None = None) -> float:
        """Return the share of the target's variance that is explained, R squared.

        Parameters
        ----------
        X : array-like of shape (m, 2)
        y : array-like of shape (m,) or (m, k)
        sample_weight : array-like of shape (m,) or None
        graph : Graph or None

        Returns
        -------
        float
        """
        return float(super(EdgeRegressor, self._at(graph)).score(X, y, sample_weight))

    def __sklearn_tags__(self) -> Tags:
        """Add several outputs to what the estimator does."""
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags


document_pairs(EdgeRegressor, '"mlp"')
document(EdgeRegressor, "squared")
