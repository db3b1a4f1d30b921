"""Eigenvectors of the adjacency matrix or the Laplacian as coordinates of nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from deepstat.graph.adjacency import adjacency
from deepstat.graph.check_kind import check_kind
from deepstat.graph.check_undirected import check_undirected
from deepstat.graph.embeddings.check_components import check_components
from deepstat.graph.leading_eigenvectors import leading_eigenvectors
from deepstat.graph.normalized_adjacency import normalized_adjacency, reciprocal

if TYPE_CHECKING:
    from deepstat.graph.graph import Graph


def spectral_embedding(graph: Graph, n_components: int = 2, *, kind: str = "laplacian") -> np.ndarray:
    r"""Embed nodes by eigenvectors of a matrix of the graph.

    - ``"laplacian"``: the solutions f of :math:`(D - A) f = \lambda D f` with the smallest eigenvalues, except the
      constant (Laplacian eigenmaps). Neighbours come to lie close. Each component of the graph beyond the first has
      one more eigenvalue 0, and those coordinates tell nothing but the component.
    - ``"adjacency"``: :math:`U |\Lambda|^{1/2}` for the eigenvalues of A largest in magnitude, which estimates the
      latent positions of a random dot product graph.

    Parameters
    ----------
    graph : Graph
        Undirected.
    n_components : int, default 2
        At most the number of nodes, one less for the Laplacian.
    kind : {"laplacian", "adjacency"}

    Returns
    -------
    ndarray of shape (n_nodes, n_components)
        In the order of the eigenvalues; each column's entry of largest magnitude positive. For the Laplacian
        :math:`f^\top D f = 1`. An isolated node is at 0.

    Raises
    ------
    ValueError
        If the graph is directed, the kind unknown or `n_components` out of range.

    References
    ----------
    Belkin and Niyogi (2003), "Laplacian eigenmaps for dimensionality reduction and data representation", Neural
    Computation 15; Sussman, Tang, Fishkind and Priebe (2012), "A consistent adjacency spectral embedding for
    stochastic blockmodel graphs", JASA 107.

    Examples
    --------
    >>> from deepstat.graph.graph import Graph
    >>> path = Graph([[0, 1, 2], [1, 2, 3]])
    >>> spectral_embedding(path, 1).round(3).ravel().tolist()
    [0.577, 0.289, -0.289, -0.577]
    """
    check_undirected(graph, "spectral_embedding")
    check_kind(kind, ("adjacency", "laplacian"))
    check_components(n_components, graph.n_nodes - (kind == "laplacian"), "spectral_embedding")
    A = adjacency(graph)
    if kind == "adjacency":
        values, vectors = leading_eigenvectors(A, n_components, "magnitude")
        return vectors * np.sqrt(np.abs(values))
    # I - S is the symmetric Laplacian: its smallest eigenvalues are the largest of S, and f = D^-1/2 times a vector.
    S = normalized_adjacency(graph, "symmetric", self_loops=False)
    root = np.sqrt(A.sum(axis=1))
    # The constant f. It is taken out, not dropped as the first vector, which with several components is any mixture
    # of their indicators.
    constant = root * np.sqrt(reciprocal(root @ root))
    _, vectors = leading_eigenvectors(S, n_components, "largest", last=constant)
    return vectors * reciprocal(root)[:, None]
