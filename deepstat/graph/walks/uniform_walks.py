"""First-order random walks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from deepstat.graph.walks.out_arcs import OutArcs
from deepstat.graph.walks.starts import starts

if TYPE_CHECKING:
    from deepstat.graph.graph import Graph


def uniform_walks(
    graph: Graph,
    nodes: Any = None,
    *,
    length: int = 40,
    n_walks: int = 10,
    random_state: int | np.random.Generator | None = None,
) -> np.ndarray:
    """Walk from node to node along the edges, each step with probability proportional to the edge's weight.

    These are the walks of DeepWalk. They follow the direction of directed edges; parallel edges count apiece and
    a self-loop is a step that stays. On an undirected graph a long walk visits a node as often as its
    weighted degree says (a self-loop counted once), within its component.

    Parameters
    ----------
    graph : Graph
    nodes : array-like of node ids or names, default None
        Where walks start; None: at every node.
    length : int, default 40
        Nodes of a walk, the first one included.
    n_walks : int, default 10
        Walks from each node.
    random_state : int, numpy.random.Generator or None

    Returns
    -------
    ndarray of shape (n_walks * n_starting_nodes, length), int64
        Node ids. A walk that comes to a node that no edge leaves ends there: -1 fills the row.

    Raises
    ------
    ValueError
        If `length` or `n_walks` is no positive integer, or a node is not in the graph.

    References
    ----------
    Perozzi, Al-Rfou and Skiena (2014), "DeepWalk: online learning of social representations", KDD.

    Examples
    --------
    >>> from deepstat.graph.graph import Graph
    >>> chain = Graph([[0, 1], [1, 2]], directed=True)
    >>> uniform_walks(chain, length=4, n_walks=1, random_state=0).tolist()
    [[0, 1, 2, -1], [1, 2, -1, -1], [2, -1, -1, -1]]
    """
    generator = np.random.default_rng(random_state)
    current = starts(graph, nodes, length, n_walks)
    out = OutArcs(graph)
    walks = np.full((len(current), length), -1, dtype=np.int64)
    walks[:, 0] = current
    walkers = np.arange(len(current))
    for step in range(1, length):
        going = out.degree(current) > 0
        walkers, current = walkers[going], current[going]
        current = out.target[out.draw(current, generator)]
        walks[walkers, step] = current
    return walks
