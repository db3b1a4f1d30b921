"""Vectors of nodes."""

from __future__ import annotations

import copy
from dataclasses import dataclass, replace
from numbers import Integral
from typing import Any, ClassVar
from weakref import WeakKeyDictionary

import torch
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils._param_validation import Interval
from sklearn.utils.validation import check_is_fitted
from torch import nn

from deepstat.embedding.methods import METHODS, EmbeddingMethod
from deepstat.errors import unknown
from deepstat.estimators.graphs.feature_scaling import FeatureScaling
from deepstat.estimators.graphs.graph_coding import GraphCoding
from deepstat.estimators.graphs.graph_tensors import graph_tensors, learn_graph
from deepstat.estimators.graphs.known_graph import known_graph
from deepstat.estimators.graphs.node_rows import node_rows
from deepstat.estimators.graphs.structural_kinds import structural_kinds
from deepstat.estimators.network_estimator import predict_device
from deepstat.estimators.parameters import NestedParameters
from deepstat.estimators.settings import draw_seed
from deepstat.graph.graph import Graph
from deepstat.training.device import choose_device

_KEPT: WeakKeyDictionary[Graph, dict[Any, Any]] = WeakKeyDictionary()
# Embeddings of one graph that are kept for further fits of the same settings.
N_KEPT = 4


@dataclass(kw_only=True, eq=False, repr=False)
class NodeEmbedder(NestedParameters, ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """Turn nodes into vectors, learned from the whole graph and without labels; X names the nodes.

    ======================================  ========================================================================
    ``"node2vec"``, ``"deepwalk"``          nodes that meet on random walks, by skip-gram
    ``"netmf"``                             what DeepWalk tends to, by a factorisation
    ``"laplacian"``, ``"adjacency"``        eigenvectors
    ``"graph_autoencoder"``                 a graph network whose vectors' inner products predict the links
    ``"variational_graph_autoencoder"``     the same with a normal distribution for each node
    ``"infomax"``                           a graph network whose vectors tell the graph from a corrupted one
    ======================================  ========================================================================

    The first five look at the links alone and know only the nodes of their graph. The networks read node features too,
    and can be shown another graph: ``transform(X, graph=...)``.

    Parameters
    ----------
    graph : Graph
    method : str, default="node2vec"
    n_components : int or None
        Coordinates; None: what the method's paper has (128 for walks and "netmf", 16 for eigenvectors and autoencoders,
        512 for "infomax"), or as many as the graph allows.
    method_params : dict or None
        Options of the method, e.g. ``{"p": 1, "q": 2, "max_epochs": 1}``: those of the functions in
        :mod:`deepstat.embedding`, :func:`deepstat.graph.embeddings.matrix_factorisation` ("netmf").
    feature_scaling : {"auto", "row", "standard", "none"}, default="auto"
        Of the networks: "row" divides each node's features by their sum, "standard" standardises columns. "auto":
        "standard" for dense features; for sparse ones as in the papers, "row" before "infomax" and "none" before
        autoencoders.
    structural_features : tuple of str, str or None
        Of the networks: columns made of the graph, beside or instead of the node features: "identity", "constant",
        "one_hot_degree", "degree", "laplacian_eigenvectors", "random_walk".
    device : str, default="auto"
    random_state : int, RandomState or None
        An integer makes the fit reproducible on one machine.
    verbose : int, default=0
        1: a progress bar; 2: a line for each epoch.

    Attributes
    ----------
    embedding_ : ndarray of shape (n_nodes, n_components)
        A row for each node of the graph.
    encoder_ : nn.Module or None
        The network, ``encoder_(features, edges)``.
    graph_ : Graph
        The graph of the fit; of a model loaded from a file, its nodes without links and features.
    n_features_in_ : int

    Notes
    -----
    Labels are not used, but all nodes and links are, those held out in a fold among them: a score beside a classifier
    estimates the error for labels that are missing at random on this same graph. Since the nodes named in `fit` change
    nothing, fits of one graph with the same settings and an integer `random_state` are done once: the folds of a
    cross-validation share their embedding.

    Examples
    --------
    >>> import networkx as nx
    >>> import numpy as np
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.pipeline import make_pipeline
    >>> from deepstat import Graph, NodeEmbedder
    >>> club = nx.karate_club_graph()
    >>> sides = np.array([club.nodes[i]["club"] for i in club])
    >>> embedder = NodeEmbedder(graph=Graph(np.array(club.edges).T), method="netmf", n_components=4)
    >>> embedder.fit_transform([0, 33]).shape
    (2, 4)
    >>> model = make_pipeline(embedder, LogisticRegression()).fit([0, 1, 32, 33], sides[[0, 1, 32, 33]])
    >>> bool(model.score(np.arange(34), sides) > 0.9)
    True
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "graph": [Graph, None],
        "method": [str],
        "n_components": [Interval(Integral, 1, None, closed="left"), None],
        "method_params": [dict, None],
        "feature_scaling": [str],
        "structural_features": [tuple, list, str, None],
        "device": [str],
        "random_state": ["random_state"],
        "verbose": ["verbose"],
    }

    graph: Any = None
    method: str = "node2vec"
    n_components: int | None = None
    method_params: Any = None
    feature_scaling: str = "auto"
    structural_features: Any = None
    device: str = "auto"
    random_state: Any = None
    verbose: int = 0

    def fit(self, X: Any = None, y: Any = None) -> NodeEmbedder:
        """Embed all nodes of the graph.

        Parameters
        ----------
        X : array-like of shape (m,) or (m, 1), or None
            Nodes, which are checked and change nothing.
        y : None
            Ignored.

        Returns
        -------
        self
        """
        self._validate_params()
        graph = known_graph(self.graph)
        if X is not None:
            node_rows(graph, X)
        embedding, encoder, coding = self._found(graph)
        self.embedding_, self.encoder_, self._coding = embedding, encoder, coding
        self._recipe = {"method": self.method, "method_params": self.method_params}
        self.graph_, self.n_features_in_ = graph, 1
        return self

    def transform(self, X: Any, graph: Graph | None = None) -> NDArray[Any]:
        """Return the vectors of nodes.

        Parameters
        ----------
        X : array-like of shape (m,) or (m, 1)
            Names of nodes, or their ids where the graph has no names.
        graph : Graph or None
            Where they are, for the methods that read features; None: the graph of the fit.

        Returns
        -------
        ndarray of shape (m, n_components)

        Raises
        ------
        ValueError
            If another graph is given to a method that knows its own alone, or a node is not in the graph.
        """
        check_is_fitted(self, "embedding_")
        if graph is None or graph is self.graph_:
            return self.embedding_[node_rows(self.graph_, X)]
        if self.encoder_ is None:
            networks = ", ".join(repr(name) for name, method in METHODS.items() if method.reads_features)
            raise ValueError(
                f"method={self._recipe['method']!r} knows the nodes of its own graph alone: fit it to the other graph, "
                f"or use one of {networks}."
            )
        ids = node_rows(known_graph(graph), X)
        return self._encode(self.encoder_, self._coding, graph, predict_device(self.device))[ids]

    def fit_transform(self, X: Any, y: Any = None) -> NDArray[Any]:
        """Embed the graph and return the vectors of nodes.

        Parameters
        ----------
        X : array-like of shape (m,) or (m, 1), or None
            None: all nodes.
        y : None
            Ignored.

        Returns
        -------
        ndarray of shape (m, n_components)
        """
        self.fit(X)
        return self.embedding_ if X is None else self.transform(X)

    @property
    def _n_features_out(self) -> int:
        return self.embedding_.shape[1]

    # -- the embedding of a graph -------------------------------------------------------------------------------------

    def _found(self, graph: Graph) -> tuple[NDArray[Any], nn.Module | None, GraphCoding | None]:
        """Return the embedding of a graph, and the network that made it; kept where another fit may ask for it."""
        if not isinstance(self.random_state, Integral):
            return self._embed(graph)
        kept = _KEPT.setdefault(graph, {})
        settings = {name: value for name, value in self.get_params(deep=False).items() if name != "graph"}
        key = repr(sorted(settings.items()))
        kept[key] = kept.pop(key, None) or self._embed(graph)
        while len(kept) > N_KEPT:
            kept.pop(next(iter(kept)))
        return kept[key]

    def _embed(self, graph: Graph) -> tuple[NDArray[Any], nn.Module | None, GraphCoding | None]:
        if self.method not in METHODS:
            raise unknown("method", self.method, METHODS)
        method = METHODS[self.method]
        wanted = self.n_components
        n_components = method.choose_n_components(graph) if wanted is None else int(wanted)
        function = method.bind(
            self.method,
            self.method_params or {},
            device=self.device,
            random_state=draw_seed(self.random_state),
            verbose=int(self.verbose),
        )
        if not method.reads_features:
            embedding = function(graph, n_components)
            embedding.flags.writeable = False
            return embedding, None, None
        device = choose_device(self.device)
        coding = self._learn(graph, method)
        data = graph_tensors(graph, coding, torch.float32, device)
        encoder = function(data, coding.described, n_components)
        embedding = self._encode(encoder, coding, graph, device)
        return embedding, encoder.cpu(), coding

    def _learn(self, graph: Graph, method: EmbeddingMethod) -> GraphCoding:
        known = structural_kinds(self.structural_features)
        coding = learn_graph(graph, ("node",), self.feature_scaling, known)
        if self.feature_scaling != "auto" or method.scales_sparse:
            return coding
        as_they_are = (FeatureScaling("none") if own.kind == "row" else own for own in coding.scalings)
        return replace(coding, scalings=tuple(as_they_are))

    def _encode(
        self, encoder: nn.Module, coding: GraphCoding, graph: Graph, device: torch.device
    ) -> NDArray[Any]:
        data = graph_tensors(graph, coding, torch.float32, device)
        with torch.no_grad():
            embedding = copy.deepcopy(encoder).to(device)(data.features, data.edges).cpu().numpy()
        embedding.flags.writeable = False
        return embedding
