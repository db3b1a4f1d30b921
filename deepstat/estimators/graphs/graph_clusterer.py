"""Communities of nodes."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from numbers import Integral
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.cluster import KMeans
from sklearn.utils._param_validation import Interval
from sklearn.utils.validation import check_is_fitted

from deepstat.embedding.min_cut_clusters import min_cut_clusters
from deepstat.embedding.modularity_clusters import modularity_clusters
from deepstat.errors import unknown
from deepstat.estimators.graphs.graph_tensors import graph_tensors, learn_graph
from deepstat.estimators.graphs.known_graph import known_graph
from deepstat.estimators.graphs.node_embedder import NodeEmbedder
from deepstat.estimators.graphs.node_rows import node_rows
from deepstat.estimators.graphs.structural_kinds import structural_kinds
from deepstat.estimators.parameters import NestedParameters
from deepstat.estimators.settings import draw_seed
from deepstat.graph.check_undirected import check_undirected
from deepstat.graph.communities.modularity import modularity
from deepstat.graph.communities.spectral_communities import spectral_communities
from deepstat.graph.graph import Graph
from deepstat.training.device import choose_device


@dataclass(kw_only=True, eq=False, repr=False)
class GraphClusterer(NestedParameters, ClusterMixin, BaseEstimator):
    """Divide the nodes of a graph into communities; X names the nodes whose labels are asked for.

    - ``"spectral"``: k-means of the leading eigenvectors of the normalised adjacency matrix (Ng et al. 2001).
    - ``"embedding"``: k-means of the vectors of a :class:`NodeEmbedder`.
    - ``"min_cut"``: a graph network trained to cut few links (Bianchi, Grattarola and Alippi 2020).
    - ``"modularity"``: a graph network trained for high modularity, deep modularity networks (Tsitsulin et al. 2020);
      some clusters may stay empty. For the method of Louvain see networkx.

    The two networks read node features, so a graph without them needs `structural_features`.

    Parameters
    ----------
    graph : Graph
        Undirected, except for ``"embedding"`` by walks.
    n_clusters : int, default=8
    method : {"spectral", "embedding", "min_cut", "modularity"}, default="spectral"
    method_params : dict or None
        "spectral": ``n_init``, the starts of k-means. "embedding": also ``embedder``, the method of the
        :class:`NodeEmbedder` ("node2vec" if not given), and its ``n_components`` and ``embedder_params``.
        "min_cut", "modularity": see :func:`deepstat.embedding.min_cut_clusters.min_cut_clusters` and
        :func:`deepstat.embedding.modularity_clusters.modularity_clusters`.
    feature_scaling : {"auto", "row", "standard", "none"}, default="auto"
        Of the networks, see :class:`NodeEmbedder`.
    structural_features : tuple of str, str or None
        Of the networks, see :class:`NodeEmbedder`.
    device : str, default="auto"
    random_state : int, RandomState or None
        An integer makes the fit reproducible on one machine.
    verbose : int, default=0
        1: a progress bar; 2: a line for each epoch.

    Attributes
    ----------
    labels_ : ndarray of shape (n_nodes,), int64
        Of all nodes of the graph, numbered in the order in which nodes show them.
    n_clusters_ : int
        Clusters that have a node.
    modularity_ : float
        How much denser clusters are inside than chance, see :func:`deepstat.graph.communities.modularity`.
    graph_ : Graph
        The graph of the fit; of a model loaded from a file, its nodes without links and features.
    n_features_in_ : int

    Examples
    --------
    >>> import networkx as nx
    >>> import numpy as np
    >>> from deepstat import Graph, GraphClusterer
    >>> graph = Graph(np.array(nx.karate_club_graph().edges).T)
    >>> model = GraphClusterer(graph=graph, n_clusters=2, random_state=0).fit()
    >>> model.predict([0, 1, 32, 33]).tolist(), round(model.modularity_, 2)
    ([0, 0, 1, 1], 0.36)
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "graph": [Graph, None],
        "n_clusters": [Interval(Integral, 1, None, closed="left")],
        "method": [str],
        "method_params": [dict, None],
        "feature_scaling": [str],
        "structural_features": [tuple, list, str, None],
        "device": [str],
        "random_state": ["random_state"],
        "verbose": ["verbose"],
    }

    graph: Any = None
    n_clusters: int = 8
    method: str = "spectral"
    method_params: Any = None
    feature_scaling: str = "auto"
    structural_features: Any = None
    device: str = "auto"
    random_state: Any = None
    verbose: int = 0

    def fit(self, X: Any = None, y: Any = None) -> GraphClusterer:
        """Divide all nodes of the graph.

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
        if self.n_clusters > graph.n_nodes:
            raise ValueError(
                f"n_clusters={self.n_clusters} is not allowed: give an integer from 1 to {graph.n_nodes} (nodes)."
            )
        if self.method not in METHODS:
            raise unknown("method", self.method, METHODS)
        labels = _in_order(METHODS[self.method](self, graph))
        quality = modularity(graph, labels)
        self.labels_, self.modularity_ = labels, quality
        self.n_clusters_ = int(labels.max()) + 1
        self.graph_, self.n_features_in_ = graph, 1
        return self

    def predict(self, X: Any) -> NDArray[np.int64]:
        """Return the clusters of nodes of the graph.

        Parameters
        ----------
        X : array-like of shape (m,) or (m, 1)
            Names of nodes, or their ids where the graph has no names.

        Returns
        -------
        ndarray of shape (m,), int64
        """
        check_is_fitted(self, "labels_")
        return self.labels_[node_rows(self.graph_, X)]

    def fit_predict(self, X: Any = None, y: Any = None) -> NDArray[np.int64]:
        """Divide the graph and return the clusters of nodes.

        Parameters
        ----------
        X : array-like of shape (m,) or (m, 1), or None
            None: all nodes.
        y : None
            Ignored.

        Returns
        -------
        ndarray of shape (m,), int64
        """
        self.fit(X)
        return self.labels_ if X is None else self.predict(X)


# -- the methods: (estimator, graph) -> labels ------------------------------------------------------------------------


def _spectral(estimator: GraphClusterer, graph: Graph) -> NDArray[Any]:
    options = _options(estimator, {"n_init": 10})
    seed = draw_seed(estimator.random_state)
    return spectral_communities(graph, estimator.n_clusters, random_state=seed, **options)


def _embedding(estimator: GraphClusterer, graph: Graph) -> NDArray[Any]:
    defaults = {
        "embedder": "node2vec",
        "n_components": None,
        "embedder_params": None,
        "n_init": 10,
    }
    options = _options(estimator, defaults)
    seed = draw_seed(estimator.random_state)
    embedder = NodeEmbedder(
        graph=graph,
        method=options["embedder"],
        n_components=options["n_components"],
        method_params=options["embedder_params"],
        feature_scaling=estimator.feature_scaling,
        structural_features=estimator.structural_features,
        device=estimator.device,
        random_state=seed,
        verbose=estimator.verbose,
    )
    vectors = embedder.fit().embedding_
    return KMeans(estimator.n_clusters, n_init=options["n_init"], random_state=seed).fit_predict(vectors)


def _by_network(assign: Callable[..., torch.Tensor]) -> Callable[[GraphClusterer, Graph], NDArray[Any]]:
    """Return the method that takes the largest of the shares that a network gives."""
    own = inspect.signature(assign).parameters
    surroundings = ("random_state", "dtype", "verbose")
    defaults = {
        name: p.default for name, p in own.items() if p.kind is p.KEYWORD_ONLY and name not in surroundings
    }

    def labels(estimator: GraphClusterer, graph: Graph) -> NDArray[Any]:
        check_undirected(graph, f"method={estimator.method!r}")
        options = _options(estimator, defaults)
        known = structural_kinds(estimator.structural_features)
        coding = learn_graph(graph, ("node",), estimator.feature_scaling, known)
        data = graph_tensors(graph, coding, torch.float32, choose_device(estimator.device))
        seed = draw_seed(estimator.random_state)
        shares = assign(
            data,
            coding.described,
            estimator.n_clusters,
            random_state=seed,
            verbose=int(estimator.verbose),
            **options,
        )
        return shares.argmax(1).cpu().numpy()

    return labels


def _options(estimator: GraphClusterer, defaults: dict[str, Any]) -> dict[str, Any]:
    """Return the options of a method, the estimator's before the defaults."""
    given = estimator.method_params or {}
    for name in given:
        if name not in defaults:
            raise unknown(f"option of {estimator.method!r}", name, defaults)
    return {**defaults, **given}


def _in_order(labels: NDArray[Any]) -> NDArray[np.int64]:
    """Return labels 0, 1, ... in the order in which they first occur.

    Examples
    --------
    >>> _in_order(np.array([5, 2, 5, 7])).tolist()
    [0, 1, 0, 2]
    """
    _, first, label = np.unique(labels, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[label.reshape(-1)].astype(np.int64)


METHODS: dict[str, Callable[[GraphClusterer, Graph], NDArray[Any]]] = {
    "spectral": _spectral,
    "embedding": _embedding,
    "min_cut": _by_network(min_cut_clusters),
    "modularity": _by_network(modularity_clusters),
}
