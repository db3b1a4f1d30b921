"""Numbers of graphs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.utils import Tags

from deepstat.estimators.graphs.document import document
from deepstat.estimators.graphs.graph_set_estimator import GraphSetEstimator
from deepstat.estimators.parameters import LOSS_CONSTRAINTS
from deepstat.estimators.regression_predictions import RegressionPredictions


@dataclass(kw_only=True, eq=False, repr=False)
class GraphRegressor(RegressionPredictions, RegressorMixin, GraphSetEstimator):
    """A graph network that predicts numbers of whole graphs; X is a list of graphs.

    Parameters
    ----------
    {graphs}
    {loss}
    {shared}

    Attributes
    ----------
    {attributes}

    See Also
    --------
    GraphClassifier : the same for classes, with notes.

    Examples
    --------
    >>> import networkx as nx
    >>> from deepstat import GraphRegressor
    >>> graphs = [nx.gnp_random_graph(8, 0.1 * seed, seed=seed) for seed in range(1, 8)]
    >>> n_edges = [graph.number_of_edges() for graph in graphs]
    >>> model = GraphRegressor(architecture="no_graph", structural_features="degree", random_state=0)
    >>> round(model.fit(graphs, n_edges).score(graphs, n_edges), 1)
    1.0
    """

    _task: ClassVar[str] = "regression"
    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **GraphSetEstimator._parameter_constraints,
        **LOSS_CONSTRAINTS,
    }

    loss: Any = "auto"
    loss_params: Any = None

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> GraphRegressor:
        """Train the network.

        Parameters
        ----------
        X : sequence of m Graph or networkx graphs
            With the same columns and types of nodes and edges.
        y : array-like of shape (m,) or (m, k)
        sample_weight : array-like of shape (m,) or None
            Frequencies.

        Returns
        -------
        self
        """
        return self._fit(X, y, sample_weight)

    def predict(self, X: Any) -> np.ndarray:
        """Predict the target of graphs.

        Parameters
        ----------
        X : sequence of m Graph or networkx graphs

        Returns
        -------
        ndarray of shape (m,) or (m, k)
        """
        members, dtype = self._members(X)
        return members.mean(axis=0).astype(dtype, copy=False)

    def __sklearn_tags__(self) -> Tags:
        """Add several outputs to what the estimator does."""
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags


document(GraphRegressor, "squared")
