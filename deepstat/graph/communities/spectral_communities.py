"""Communities from eigenvectors."""

from __future__ import annotations

from numbers import Integral
from typing import TYPE_CHECKING

import numpy as np

from deepstat.graph.check_undirected import check_undirected
from deepstat.graph.leading_eigenvectors import leading_eigenvectors
from deepstat.graph.normalized_adjacency import normalized_adjacency

if TYPE_CHECKING:
    from deepstat.graph.graph import Graph


def spectral_communities(
    graph: Graph, n_communities: int, *, n_init: int = 10, random_state: int | None = None
) -> np.ndarray:
    """Divide nodes into communities by normalised spectral clustering.

    The leading eigenvectors of the symmetrically normalised adjacency matrix, one a community, give each node
    a row; rows are scaled to length 1 and clustered by k-means. It relaxes the normalised cut: communities of
    comparable degree sums with little weight between them. Isolated nodes have no direction and form or join
    whichever cluster lies nearest to 0.

    Parameters
    ----------
    graph : Graph
        Undirected.
    n_communities : int
        1 to n_nodes.
    n_init : int, default 10
        Starts of k-means, of which the best is kept.
    random_state : int or None
        Of k-means.

    Returns
    -------
    ndarray of shape (n_nodes,), int64
        Communities 0, 1, ..., numbered in the order in which nodes show them.

    Raises
    ------
    ValueError
        If the graph is directed or there are not 1 to n_nodes communities.

    References
    ----------
    Ng, Jordan and Weiss (2001), "On spectral clustering: analysis and an algorithm",
    NeurIPS; von Luxburg (2007), "A tutorial on spectral clustering", Statistics and Computing 17.

    Examples
    --------
    >>> from deepstat.graph.graph import Graph
    >>> graph = Graph([[0, 0, 1, 2, 3, 3, 4], [1, 2, 2, 3, 4, 5, 5]])
    >>> spectral_communities(graph, 2, random_state=0).tolist()
    [0, 0, 0, 1, 1, 1]
    """
    from sklearn.cluster import KMeans  # this folder loads no estimator library

    check_undirected(graph, "spectral_communities")
    whole = isinstance(n_communities, Integral) and not isinstance(n_communities, bool)
    if not whole or not 1 <= n_communities <= graph.n_nodes:
        raise ValueError(
            f"n_communities={n_communities!r} is not allowed: give an integer from 1 to {graph.n_nodes} (nodes)."
        )
    S = normalized_adjacency(graph, "symmetric", self_loops=False)
    _, vectors = leading_eigenvectors(S, n_communities, "largest")
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    # Rounding leaves isolated nodes a length near 0, which must not be blown up to 1.
    rows = np.divide(vectors, length, out=np.zeros_like(vectors), where=length > 1e-12)
    labels = KMeans(n_communities, n_init=n_init, random_state=random_state).fit_predict(rows)
    _, first, label = np.unique(labels, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[label.reshape(-1)].astype(np.int64)
