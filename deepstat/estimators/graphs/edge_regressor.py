"""Numbers of edges."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from deepstat.estimators.graphs.document import document
from deepstat.estimators.graphs.graph_regression_predictions import GraphRegressionPredictions
from deepstat.estimators.graphs.pair_estimator import PairEstimator, document_pairs
from deepstat.estimators.parameters import LOSS_CONSTRAINTS


@dataclass(kw_only=True, eq=False, repr=False)
class EdgeRegressor(GraphRegressionPredictions, PairEstimator):
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
        return self._fit(X, y, sample_weight)


document_pairs(EdgeRegressor, '"mlp"')
document(EdgeRegressor, "squared")
