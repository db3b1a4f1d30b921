"""Classes of nodes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from sklearn.utils.metaestimators import available_if

from deepstat.estimators.class_predictions import ClassPredictions, gives_probabilities
from deepstat.estimators.graphs.document import document
from deepstat.estimators.graphs.node_estimator import NodeEstimator
from deepstat.estimators.parameters import LOSS_CONSTRAINTS
from deepstat.graph.graph import Graph


@dataclass(kw_only=True, eq=False, repr=False)
class NodeClassifier(ClassPredictions, NodeEstimator):
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
        return self._fit(X, y, sample_weight)  # type: ignore[no-any-return]

    def predict(self, X: Any, graph: Graph | None = None) -> np.ndarray:
        """Predict the class of nodes.

        Parameters
        ----------
        X : array-like of shape (m,) or (m, 1)
        graph : Graph or None
            Where they are; None: the estimator's graph.

        Returns
        -------
        ndarray of shape (m,)
        """
        return super(NodeClassifier, self._at(graph)).predict(X)

    def decision_function(self, X: Any, graph: Graph | None = None) -> np.ndarray:
        """Return scores, whose largest is the class predicted.

        Parameters
        ----------
        X : array-like of shape (m,) or (m, 1)
        graph : Graph or None

        Returns
        -------
        ndarray of shape (m,) for two classes, else (m, n_classes)
        """
        return super(NodeClassifier, self._at(graph)).decision_function(X)

    @available_if(gives_probabilities)
    def predict_proba(self, X: Any, graph: Graph | None = None) -> np.ndarray:
        """Estimate the probability of each class, with the distortions of the loss undone.

        Parameters
        ----------
        X : array-like of shape (m,) or (m, 1)
        graph : Graph or None

        Returns
        -------
        ndarray of shape (m, n_classes)
        """
        return super(NodeClassifier, self._at(graph)).predict_proba(X)

    def score(self, X: Any, y: Any, sample_weight: Any = None, graph: Graph | None = None) -> float:
        """Return the share of nodes whose class is predicted.

        Parameters
        ----------
        X : array-like of shape (m,) or (m, 1)
        y : array-like of shape (m,)
        sample_weight : array-like of shape (m,) or None
        graph : Graph or None

        Returns
        -------
        float
        """
        return float(super(NodeClassifier, self._at(graph)).score(X, y, sample_weight))


document(NodeClassifier, "cross_entropy")
