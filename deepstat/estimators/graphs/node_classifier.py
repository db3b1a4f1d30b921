"""Classes of nodes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from deepstat.estimators.graphs.document import document
from deepstat.estimators.graphs.graph_class_predictions import GraphClassPredictions
from deepstat.estimators.graphs.node_estimator import NodeEstimator
from deepstat.estimators.parameters import LOSS_CONSTRAINTS


@dataclass(kw_only=True, eq=False, repr=False)
class NodeClassifier(GraphClassPredictions, NodeEstimator):
    """A graph network that predicts the class of nodes; X names the nodes.

    All nodes and edges of the graph take part in the messages; only the nodes of X, with their classes y, have a loss
    (transductive). ``predict(X, graph=...)`` looks at another graph (inductive).

    Parameters
    ----------
    {graph}
    {sampler}
    class_weight : dict, "balanced", "effective_number" or None
        Weights of the rows of each class, normalised to mean one over rows.
    class_weight_params : dict or None
    {loss}
    {shared}

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
    {attributes}

    Notes
    -----
    Nodes are dependent. A fold of nodes drawn at random estimates the error for labels that are missing at random on
    this same graph, since the nodes held out take part in the messages; for nodes of other graphs, components or times
    use the splitters in :mod:`deepstat.graph.splitters`.

    Examples
    --------
    >>> import networkx as nx
    >>> import numpy as np
    >>> from deepstat import Graph, NodeClassifier
    >>> club = nx.karate_club_graph()
    >>> graph = Graph(np.array(club.edges).T)
    >>> sides = np.array([club.nodes[i]["club"] for i in club])
    >>> model = NodeClassifier(graph=graph, structural_features="identity", random_state=0)
    >>> model = model.fit([0, 1, 32, 33], sides[[0, 1, 32, 33]])
    >>> bool(model.score(np.arange(34), sides) > 0.9)
    True
    """

    _task: ClassVar[str] = "classification"
    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **NodeEstimator._parameter_constraints,
        **LOSS_CONSTRAINTS,
        "class_weight": [dict, str, None],
        "class_weight_params": [dict, None],
    }

    loss: Any = "auto"
    loss_params: Any = None
    class_weight: Any = None
    class_weight_params: Any = None

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> NodeClassifier:
        """Train the network.

        Parameters
        ----------
        X : array-like of shape (m,) or (m, 1)
            Names of nodes, or their ids where the graph has no names.
        y : array-like of shape (m,), or (m, n_classes)
            Labels, or class probabilities.
        sample_weight : array-like of shape (m,) or None
            Frequencies.

        Returns
        -------
        self
        """
        return self._fit(X, y, sample_weight)


document(NodeClassifier, "cross_entropy")
