"""Colour refinement."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral
from typing import Any

import numpy as np

from deepstat.graph.graph import Graph
from deepstat.graph.weisfeiler_leman.joint import joint
from deepstat.graph.weisfeiler_leman.rounds import rounds


def refine(
    graphs: Graph | Sequence[Graph],
    node_labels: Any = None,
    n_rounds: int | None = None,
    *,
    direction: str = "in",
) -> np.ndarray | list[np.ndarray]:
    """Colour nodes by the 1-dimensional Weisfeiler-Leman algorithm: equal colours, equal neighbourhoods.

    All nodes begin with one colour (or with their type and label). In a round each node's new colour is its old
    one together with the multiset of its neighbours' colours. A message-passing network of as many layers
    gives nodes of one colour the same output, whatever its weights.

    Edges of different types, and edges of different weights, are told apart (two weights are the same if they
    are equal as numbers; no weights are weights of 1). Parallel edges count apiece; a self-loop makes the node
    its own neighbour. Node features are not looked at: give them as `node_labels` if they are discrete.

    Parameters
    ----------
    graphs : Graph or sequence of Graph
        Colours are comparable among the graphs of one call only.
    node_labels : array-like of shape (n_nodes,), default None
        First colours, of values that can be sorted; for a sequence of graphs one such list for each.
    n_rounds : int, default None
        None: until no round splits a colour any more, at most the number of nodes.
    direction : {"in", "out", "both"}, default "in"
        Which neighbours count in a directed graph: those that send to a node (what propagation in this package
        sees), those that it sends to, or both, kept apart. Undirected graphs have one sort of neighbours.

    Returns
    -------
    ndarray of shape (n_nodes,), int64, or list of them
        Colours 0, 1, ...: ranks, which do not depend on how the nodes are numbered.

    Raises
    ------
    ValueError
        If labels do not fit, the direction is unknown, directed and undirected graphs are mixed, or `n_rounds`
        is negative.

    References
    ----------
    Weisfeiler and Leman (1968), "The reduction of a graph to canonical form and the
    algebra which appears therein"; Xu, Hu, Leskovec and Jegelka (2019), "How powerful are graph neural
    networks?", ICLR.

    Examples
    --------
    >>> from deepstat.graph.graph import Graph
    >>> path = Graph([[0, 1, 2, 3], [1, 2, 3, 4]])
    >>> refine(path).tolist()
    [0, 1, 2, 1, 0]
    >>> [colours.tolist() for colours in refine([path, Graph([[0], [1]])], n_rounds=1)]
    [[0, 1, 1, 1, 0], [0, 0]]
    """
    alone = isinstance(graphs, Graph)
    if n_rounds is not None and (not isinstance(n_rounds, Integral) or n_rounds < 0):
        raise ValueError(f"n_rounds={n_rounds!r} is not allowed: give an integer of at least 0, or None.")
    every = [graphs] if alone else list(graphs)
    if not every:
        return []
    seen = joint(every, node_labels if node_labels is None or not alone else [node_labels], direction)
    n_colours = -1
    for number, colour in enumerate(rounds(seen)):
        before, n_colours = n_colours, colour.max(initial=-1) + 1
        # A round keeps the old colour in the new one: as many colours as before are the same classes.
        if number == n_rounds or (n_rounds is None and n_colours == before):
            break
    parts = np.split(colour, np.cumsum(seen.sizes)[:-1])
    return parts[0] if alone else parts
