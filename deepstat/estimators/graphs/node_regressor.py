"""Numbers at nodes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from deepstat.estimators.graphs.document import document
from deepstat.estimators.graphs.graph_regression_predictions import GraphRegressionPredictions
from deepstat.estimators.graphs.node_estimator import NodeEstimator
from deepstat.estimators.parameters import LOSS_CONSTRAINTS


@dataclass(kw_only=True, eq=False, repr=False)
class NodeRegressor(GraphRegressionPredictions, NodeEstimator):
    """A graph network that predicts numbers at nodes; X names the nodes.

    All nodes and edges of the graph take part in the messages; only the nodes of X have a loss (transductive).
    ``predict(X, graph=...)`` looks at another graph (inductive).

    Parameters
    ----------
    {graph}
    {sampler}
    {loss}
    {shared}

    Attributes
    ----------
    {attributes}

    See Also
    --------
    NodeClassifier : the same for classes, with a note on what folds of nodes estimate.

    Examples
    --------
    >>> import numpy as np
    >>> from deepstat import Graph, NodeRegressor
    >>> graph = Graph([[0, 1, 2, 3], [1, 2, 3, 4]], node_features=np.eye(5))
    >>> model = NodeRegressor(graph=graph, max_epochs=50, random_state=0).fit([0, 4], [0.0, 4.0])
    >>> model.predict([1, 2, 3]).shape
    (3,)
    """

    _task: ClassVar[str] = "regression"
    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **NodeEstimator._parameter_constraints,
        **LOSS_CONSTRAINTS,
    }

    loss: Any = "auto"
    loss_params: Any = None

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> NodeRegressor:
        """Train the network.

        Parameters
        ----------
        X : array-like of shape (m,) or (m, 1)
            Names of nodes, or their ids where the graph has no names.
        y : array-like of shape (m,) or (m, k)
        sample_weight : array-like of shape (m,) or None
            Frequencies.

        Returns
        -------
        self
        """
        return self._fit(X, y, sample_weight)


document(NodeRegressor, "squared")
