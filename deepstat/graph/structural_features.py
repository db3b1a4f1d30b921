"""Features for graphs without features: numbers that say where in the graph a node stands."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from deepstat.graph.check_kind import check_kind
from deepstat.graph.degree import degree
from deepstat.graph.graph import Graph
from deepstat.graph.laplacian_eigenvectors import laplacian_eigenvectors
from deepstat.graph.return_probabilities import return_probabilities

KINDS = ("constant", "one_hot_degree", "degree", "laplacian_eigenvectors", "random_walk")


def structural_features(
    graph: Graph,
    kinds: Sequence[str] = KINDS,
    *,
    max_degree: int = 16,
    n_eigenvectors: int = 8,
    n_steps: int = 8,
) -> NDArray[np.float64]:
    """Describe each node by its place in the graph; hand the result to ``graph.with_features``.

    All but the eigenvectors are the same for a node whichever way the nodes are numbered, and mean the same in
    every graph; eigenvectors do not (see :func:`~deepstat.graph.laplacian_eigenvectors.laplacian_eigenvectors`), so
    they suit a single graph, or training under random signs.

    Parameters
    ----------
    graph : Graph
    kinds : sequence of str
        What to compute, in this order, side by side:

        - ``"constant"``: one column of 1.
        - ``"one_hot_degree"``: `max_degree` + 1 columns; a 1 in column d for degree d, in the last for more.
        - ``"degree"``: two columns, the degree d and log(1 + d). Unweighted, in- plus out-degree if directed.
        - ``"laplacian_eigenvectors"``: `n_eigenvectors` columns.
        - ``"random_walk"``: `n_steps` columns, the probabilities of return.
    max_degree : int, default=16
    n_eigenvectors : int, default=8
    n_steps : int, default=8

    Returns
    -------
    ndarray of shape (n, p), float64
        The number of columns depends on the arguments alone, so it is the same for every graph.

    Raises
    ------
    ValueError
        Unknown kinds, none, or a size that is no whole number from 1 on.

    Examples
    --------
    >>> structural_features(Graph([[0, 1], [1, 2]]), ["constant", "one_hot_degree"], max_degree=2)
    array([[1., 0., 1., 0.],
           [1., 0., 0., 1.],
           [1., 0., 1., 0.]])
    """
    if isinstance(kinds, str) or len(kinds) == 0:
        raise ValueError(f"kinds must be a list of at least one of {', '.join(KINDS)}, not {kinds!r}.")
    for kind in kinds:
        check_kind(kind, KINDS)
    if not isinstance(max_degree, (int, np.integer)) or max_degree < 1:
        raise ValueError(f"max_degree must be a whole number from 1 on, not {max_degree!r}.")
    degrees = degree(graph)
    blocks = {
        "constant": lambda: np.ones((graph.n_nodes, 1)),
        "one_hot_degree": lambda: np.eye(max_degree + 1)[np.minimum(degrees, max_degree)],
        "degree": lambda: np.column_stack([degrees.astype(np.float64), np.log1p(degrees)]),
        "laplacian_eigenvectors": lambda: laplacian_eigenvectors(graph, n_eigenvectors),
        "random_walk": lambda: return_probabilities(graph, n_steps),
    }
    return np.hstack([blocks[kind]() for kind in kinds])
