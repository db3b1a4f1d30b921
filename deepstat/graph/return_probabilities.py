"""How likely a random walk is back where it started."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from deepstat.graph.adjacency import adjacency
from deepstat.graph.graph import Graph
from deepstat.graph.normalized_adjacency import reciprocal

ENTRIES = 1 << 24  # of the rows of a power that are held together, were they dense: 128 MB


def return_probabilities(graph: Graph, n_steps: int = 8) -> NDArray[np.float64]:
    r"""Return the probabilities that a random walk is back at its start after 1, 2, ..., `n_steps` steps.

    The diagonals of the powers of :math:`P = D^{-1} A`: walks run along the arcs, in proportion to their weights; they
    end where none leads on. Only powers up to half of `n_steps` are formed, since
    :math:`(P^{s+t})_{ii} = \sum_j (P^s)_{ij} (P^t)_{ji}`, and of these some rows at a time. Time grows with the number
    of nodes within half of `n_steps` of each node: on a large graph of short distances, take few steps.

    Parameters
    ----------
    graph : Graph
    n_steps : int, default=8

    Returns
    -------
    ndarray of shape (n, n_steps)
        0 for isolated nodes.

    Raises
    ------
    ValueError
        `n_steps` is no whole number from 1 on.

    References
    ----------
    Dwivedi, V. P. et al. (2022). Graph neural networks with learnable structural and positional representations. ICLR.

    Examples
    --------
    >>> return_probabilities(Graph([[0, 1], [1, 2]]), 4)
    array([[0. , 0.5, 0. , 0.5],
           [0. , 1. , 0. , 1. ],
           [0. , 0.5, 0. , 0.5]])
    """
    if not isinstance(n_steps, (int, np.integer)) or n_steps < 1:
        raise ValueError(f"n_steps must be a whole number from 1 on, not {n_steps!r}.")
    n = graph.n_nodes
    along = adjacency(graph).T.tocsr()  # row i: where node i leads to
    step = (sparse.diags_array(reciprocal(along.sum(axis=1))) @ along).tocsr()
    back = step.T.tocsr()
    returned = np.zeros((n, n_steps))
    size = max(1, ENTRIES // max(1, n))
    identity = sparse.eye_array(n, format="csr")
    for start in range(0, n, size):
        rows = slice(start, start + size)
        leaving = coming = identity[rows]  # row i: P^s[i, j], and P^t[j, i]
        for steps in range(n_steps):
            if steps % 2 == 0:
                leaving = leaving @ step
            else:
                coming = coming @ back
            returned[rows, steps] = leaving.multiply(coming).sum(axis=1)
    return returned
