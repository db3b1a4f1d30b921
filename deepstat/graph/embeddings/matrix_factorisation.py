"""DeepWalk in closed form."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from deepstat.graph.check_undirected import check_undirected
from deepstat.graph.embeddings.check_components import check_components
from deepstat.graph.embeddings.deepwalk_matrix import deepwalk_matrix
from deepstat.graph.leading_eigenvectors import leading_eigenvectors

if TYPE_CHECKING:
    from deepstat.graph.graph import Graph


def matrix_factorisation(
    graph: Graph, n_components: int = 128, *, window: int = 10, n_negative: float = 1.0
) -> np.ndarray:
    r"""Embed nodes by the truncated singular value decomposition of DeepWalk's matrix (NetMF).

    :math:`\log \max(M, 1) \approx U_d \Sigma_d V_d^\top` and the embedding is :math:`U_d \Sigma_d^{1/2}`. What
    DeepWalk approaches with walks and stochastic gradients is computed exactly, in seconds up to some ten
    thousand nodes; for larger graphs walk instead, see
    :func:`~deepstat.graph.embeddings.deepwalk_matrix.deepwalk_matrix` for the cost.

    Parameters
    ----------
    graph : Graph
        Undirected.
    n_components : int, default 128
        Coordinates of a node, at most the number of nodes.
    window : int, default 10
        Steps between two nodes that count as met.
    n_negative : float, default 1
        Negative samples a pair; more of them drop more of the weak pairs.

    Returns
    -------
    ndarray of shape (n_nodes, n_components)
        Columns in decreasing order of the singular value, their entry of largest magnitude positive. An
        isolated node is at 0.

    Raises
    ------
    ValueError
        If the graph is directed or a parameter is out of range.

    References
    ----------
    Qiu, Dong, Ma, Li, Wang and Tang (2018), "Network embedding as matrix factorization", WSDM.

    Examples
    --------
    Two triangles joined by an edge fall on the two sides of the second coordinate:

    >>> from deepstat.graph.graph import Graph
    >>> graph = Graph([[0, 0, 1, 2, 3, 3, 4], [1, 2, 2, 3, 4, 5, 5]])
    >>> (matrix_factorisation(graph, 2, window=3)[:, 1] > 0).tolist()
    [False, False, False, True, True, True]
    """
    check_undirected(graph, "matrix_factorisation")
    check_components(n_components, graph.n_nodes, "matrix_factorisation")
    # The matrix is symmetric: its singular vectors are eigenvectors, its singular values their magnitudes.
    matrix = deepwalk_matrix(graph, window=window, n_negative=n_negative)
    values, vectors = leading_eigenvectors(matrix, n_components, "magnitude")
    return vectors * np.sqrt(np.abs(values))
