"""Classes of edges."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from deepstat.estimators.graphs.document import document
from deepstat.estimators.graphs.graph_class_predictions import GraphClassPredictions
from deepstat.estimators.graphs.pair_estimator import PairEstimator, document_pairs
from deepstat.estimators.parameters import LOSS_CONSTRAINTS


@dataclass(kw_only=True, eq=False, repr=False)
class EdgeClassifier(GraphClassPredictions, PairEstimator):
    """A graph network that predicts the class of edges, or of any pairs of nodes; X names the pairs.

    A graph architecture embeds the nodes, and a decoder turns the embeddings of a pair into scores of classes. All
    edges take part in the messages; only the pairs of X have a loss. In an undirected graph (u, v) and (v, u) get one
    prediction.

    Parameters
    ----------
    {graph}
    {pairs}
    class_weight : dict, "balanced", "effective_number" or None
        Weights of the rows of each class, normalised to mean one over rows.
    class_weight_params : dict or None
    {loss}
    {shared}

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
    {attributes}

    See Also
    --------
    LinkPredictor : whether there is an edge.

    Notes
    -----
    Edge features of the graph reach the "mlp" decoder too: standardised over the edges of the fit's graph, followed by
    a one where the pair is an edge; a pair that is none has zeros for all of them, and parallel edges have the mean of
    theirs. So the classes must not be among the edge features.

    Edges that share a node are dependent: folds by pair, :class:`deepstat.graph.splitters.edge_k_fold.EdgeKFold`,
    estimate the error for labels that are missing at random on this same graph.

    Examples
    --------
    >>> import networkx as nx
    >>> import numpy as np
    >>> from deepstat import EdgeClassifier, Graph
    >>> club = nx.karate_club_graph()
    >>> graph = Graph(np.array(club.edges).T)
    >>> side = np.array([club.nodes[i]["club"] == "Officer" for i in club])
    >>> pairs = graph.edges.T
    >>> across = side[pairs[:, 0]] != side[pairs[:, 1]]
    >>> model = EdgeClassifier(graph=graph, structural_features="identity", max_epochs=40, random_state=0)
    >>> model.fit(pairs, across).predict(pairs[:, ::-1]).shape
    (78,)
    """

    _task: ClassVar[str] = "classification"
    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **PairEstimator._parameter_constraints,
        **LOSS_CONSTRAINTS,
        "class_weight": [dict, str, None],
        "class_weight_params": [dict, None],
    }

    loss: Any = "auto"
    loss_params: Any = None
    class_weight: Any = None
    class_weight_params: Any = None

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> EdgeClassifier:
        """Train the network.

        Parameters
        ----------
        X : array-like of shape (m, 2)
            Names of the nodes of each pair, source and target, or their ids where the graph has no names.
        y : array-like of shape (m,), or (m, n_classes)
            Labels, or class probabilities.
        sample_weight : array-like of shape (m,) or None
            Frequencies.

        Returns
        -------
        self
        """
        return self._fit(X, y, sample_weight)


document_pairs(EdgeClassifier, '"mlp"')
document(EdgeClassifier, "cross_entropy")
