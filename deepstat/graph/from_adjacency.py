"""From and to adjacency matrices, as other software keeps them."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse

from deepstat.graph.adjacency import adjacency
from deepstat.graph.graph import Graph
from deepstat.graph.read_labels import as_objects


def from_adjacency(matrix: Any, *, directed: bool = False, node_names: Any = None, **carried: Any) -> Graph:
    """Read an adjacency matrix whose entry (i, j) is the weight of the edge from i to j.

    That is the convention of networkx and of scipy.sparse.csgraph.

    Parameters
    ----------
    matrix : sparse matrix or array of shape (n, n)
        Entries of 0 are no edges. If all others are 1, the graph has no weights.
    directed : bool, default=False
        If not, the matrix must be symmetric, and each pair of equal entries is one edge.
    node_names : sequence of length n or None
    **carried
        What else the nodes and the graph carry: node_features, node_type, graph_features, as of :class:`Graph`.

    Returns
    -------
    Graph
        Edges in the order of the rows; of an undirected one those with i <= j.

    Raises
    ------
    ValueError
        The matrix is not square, or not symmetric although the graph is not directed; what Graph refuses.

    Examples
    --------
    >>> from_adjacency([[0, 2, 0], [2, 0, 1], [0, 1, 0]]).edge_weight
    array([2., 1.])
    """
    wrong = set(carried) - {"node_features", "node_type", "graph_features"}
    if wrong:
        raise TypeError(
            f"from_adjacency has no argument {sorted(wrong)[0]!r}: what edges carry needs a list of edges, "
            "as Graph and from_edges_frame take it."
        )
    given = matrix if sparse.issparse(matrix) else np.asarray(matrix)
    if given.ndim != 2 or given.shape[0] != given.shape[1]:
        raise ValueError(f"An adjacency matrix must be square, not of shape {given.shape}.")
    entries = sparse.csr_array(given, dtype=np.float64, copy=True)
    entries.sum_duplicates()
    if not np.isfinite(entries.data).all():
        raise ValueError("The adjacency matrix holds missing (NaN) or infinite weights: write 0 for no edge.")
    entries.eliminate_zeros()
    if not directed:
        if (entries != entries.T).nnz:
            raise ValueError(
                "The adjacency matrix is not symmetric: pass directed=True or make it symmetric."
            )
        entries = sparse.triu(entries, format="csr")
    edges = entries.tocoo()
    ends = np.stack([edges.row, edges.col]).astype(np.int64)
    if node_names is not None:
        names = list(node_names)
        if len(names) != given.shape[0]:
            raise ValueError(f"node_names has {len(names)} names but the matrix has {given.shape[0]} rows.")
        ends = as_objects(names)[ends]
    return Graph(
        ends,
        n_nodes=given.shape[0],
        directed=directed,
        node_names=node_names,
        edge_weight=None if (edges.data == 1).all() else edges.data,
        **carried,
    )


def to_adjacency(graph: Graph) -> sparse.csr_array:
    """Write the adjacency matrix whose entry (i, j) is the weight of the edges from i to j.

    The transpose of :func:`~deepstat.graph.adjacency.adjacency`, which is what messages need; the same if undirected.
    Parallel edges add up, a self-loop counts once.

    Parameters
    ----------
    graph : Graph

    Returns
    -------
    csr_array of shape (n, n), float64

    Examples
    --------
    >>> to_adjacency(Graph([[0], [1]], directed=True)).toarray()
    array([[0., 1.],
           [0., 0.]])
    """
    return adjacency(graph).T.tocsr()
