"""Positions of nodes in the plane, by springs between all pairs of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve, eigh
from scipy.sparse.csgraph import shortest_path
from scipy.spatial.distance import cdist

from deepstat.graph.adjacency import adjacency
from deepstat.graph.graph import Graph

# A matrix of all pairs is solved with: two seconds and 200 MB at this many nodes, and no eye sees more.
LARGEST = 2000
N_STEPS, TOLERANCE = 200, 1e-4


def spring_layout(graph: Graph) -> NDArray[np.float64]:
    """Place nodes so that distances in the plane are close to the numbers of steps between them.

    Least is ``sum_ij (|x_i - x_j| - d_ij)^2 / d_ij^2`` over all pairs: the energy of springs of length and softness d,
    of Kamada and Kawai, by stress majorisation from classical scaling. Weights and directions are not looked at, and
    pieces that no path joins are put side by side. The same graph always has the same picture, the longer axis
    horizontal.

    Parameters
    ----------
    graph : Graph
        Of up to 2,000 nodes.

    Returns
    -------
    ndarray of shape (n, 2)
        Between -1 and 1.

    Raises
    ------
    ValueError
        The graph is too large.

    References
    ----------
    Kamada and Kawai (1989), An algorithm for drawing general undirected graphs, Information Processing Letters 31.
    Gansner, Koren and North (2004), Graph drawing by stress majorization.

    Examples
    --------
    >>> [f"{x:+.1f}" for x in spring_layout(Graph([[0, 1, 2], [1, 2, 3]]))[:, 0]]  # a path, from end to end
    ['+1.0', '+0.3', '-0.3', '-1.0']
    """
    n = graph.n_nodes
    if n > LARGEST:
        raise ValueError(
            f"layout='spring' is for up to {LARGEST} nodes and the graph has {n}: use layout='spectral', give "
            "positions, or draw a subgraph."
        )
    if n < 2:
        return np.zeros((n, 2))
    target = _steps(graph)
    weight = np.zeros_like(target)
    np.divide(1.0, target**2, out=weight, where=target > 0)
    place = _classical_scaling(target)
    system = np.diag(weight.sum(axis=0)) - weight + 1.0 / n  # the last term fixes the mean
    factor = cho_factor(system)
    before = np.inf
    for _ in range(N_STEPS):
        distance = cdist(place, place)
        stress = (weight * (distance - target) ** 2).sum()
        if stress >= (1.0 - TOLERANCE) * before:
            break
        before = stress
        pull = np.zeros_like(target)
        np.divide(weight * target, distance, out=pull, where=distance > 0)
        place = cho_solve(factor, pull.sum(axis=1)[:, None] * place - pull @ place)
    return _upright(place)


def _steps(graph: Graph) -> NDArray[np.float64]:
    """Return the numbers of steps between all nodes, finite between pieces too."""
    joined = adjacency(graph)
    joined.data[:] = 1.0
    steps = shortest_path(joined, directed=False, unweighted=True)
    apart = np.isinf(steps)
    if apart.any():
        reach = np.where(apart, 0.0, steps).max(axis=1)  # of each node within its piece
        steps[apart] = (2.0 + 0.5 * (reach[:, None] + reach))[apart]
    return np.asarray(steps)


def _classical_scaling(target: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a start: the plane that keeps most of the squared distances, with twins moved apart."""
    n = len(target)
    squares = target**2
    squares = squares - squares.mean(axis=0)
    gram = -0.5 * (squares - squares.mean(axis=1, keepdims=True))
    values, vectors = eigh(gram, subset_by_index=(n - 2, n - 1))
    place = vectors * np.sqrt(np.maximum(values, 0.0))
    return np.asarray(place + 1e-3 * np.random.default_rng(0).normal(size=place.shape))


def _upright(place: NDArray[np.float64]) -> NDArray[np.float64]:
    """Turn the longer axis into the horizontal one and scale to [-1, 1]."""
    place = place - place.mean(axis=0)
    _, _, axes = np.linalg.svd(place, full_matrices=False)
    place = place @ axes.T
    first = np.abs(place).argmax(axis=0)
    place = place * np.where(place[first, [0, 1]] < 0, -1.0, 1.0)
    return np.asarray(place / max(np.abs(place).max(), 1e-12))
