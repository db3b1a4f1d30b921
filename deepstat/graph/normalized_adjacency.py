"""Adjacency matrices whose powers neither grow nor fade."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from deepstat.graph.adjacency import adjacency
from deepstat.graph.check_kind import check_kind
from deepstat.graph.graph import Graph


def normalized_adjacency(
    graph: Graph, kind: Literal["symmetric", "random_walk"] = "symmetric", *, self_loops: bool = True
) -> sparse.csr_array:
    r"""Return the adjacency matrix divided by the degrees.

    With :math:`\tilde A = A + I` (or :math:`A` without self-loops) and the diagonal :math:`D` of its row sums, what
    each node receives: symmetric :math:`D^{-1/2} \tilde A D^{-1/2}`, the propagation of graph convolutional networks;
    random-walk :math:`D^{-1} \tilde A`, the mean over the neighbours. Nodes that receive nothing have a row of 0.
    A self-loop of the graph itself is kept beside the one that is added.

    Parameters
    ----------
    graph : Graph
    kind : {"symmetric", "random_walk"}, default="symmetric"
    self_loops : bool, default=True
        Whether to add one of weight 1 to each node.

    Returns
    -------
    csr_array of shape (n, n), float64
        Row i holds what node i receives, as in :func:`~deepstat.graph.adjacency.adjacency`.

    Raises
    ------
    ValueError
        Unknown kind.

    References
    ----------
    Kipf, T. N. and Welling, M. (2017). Semi-supervised classification with graph convolutional networks. ICLR.

    Examples
    --------
    >>> normalized_adjacency(Graph([[0, 1], [1, 2]]), "random_walk").toarray().round(3)
    array([[0.5  , 0.5  , 0.   ],
           [0.333, 0.333, 0.333],
           [0.   , 0.5  , 0.5  ]])
    """
    check_kind(kind, ("symmetric", "random_walk"))
    matrix = adjacency(graph)
    if self_loops:
        matrix = matrix + sparse.eye_array(graph.n_nodes, format="csr")
    inverse = reciprocal(matrix.sum(axis=1))
    if kind == "random_walk":
        return (sparse.diags_array(inverse) @ matrix).tocsr()
    scale = sparse.diags_array(np.sqrt(inverse))
    return (scale @ matrix @ scale).tocsr()


def reciprocal(values: NDArray[Any]) -> NDArray[Any]:
    """Return 1 / values, and 0 where a value is 0.

    Examples
    --------
    >>> import numpy as np
    >>> reciprocal(np.array([4.0, 0.0]))
    array([0.25, 0.  ])
    """
    return np.divide(1.0, values, out=np.zeros_like(values, dtype=np.float64), where=values != 0)
