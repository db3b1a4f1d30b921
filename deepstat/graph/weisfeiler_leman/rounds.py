"""The rounds of colour refinement."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from deepstat.graph.weisfeiler_leman.joint import Joint
from deepstat.graph.weisfeiler_leman.ranks import row_ranks


def rounds(seen: Joint) -> Iterator[np.ndarray]:
    """Yield the colours before the first round, after it, after the second, and so on without end.

    The new colour of a node is the pair of its colour and the multiset of (kind, colour) over the arcs that it
    sees, numbered by rank: exact, without a hash that could collide. A round costs a sort of the arcs and
    a sort of the nodes by each of their arcs, nodes of the same degree together.

    Parameters
    ----------
    seen : Joint

    Yields
    ------
    ndarray of shape (n_nodes,), int64
        Ranks 0, 1, ... without gaps, which depend on the graphs alone and not on the order of their nodes.

    Examples
    --------
    >>> from deepstat.graph.graph import Graph
    >>> from deepstat.graph.weisfeiler_leman.joint import joint
    >>> colours = rounds(joint([Graph([[0, 1], [1, 2]])], None, "in"))
    >>> next(colours).tolist(), next(colours).tolist()
    ([0, 0, 0], [0, 1, 0])
    """
    colour = seen.colour
    n_nodes = len(colour)
    degree = np.bincount(seen.target, minlength=n_nodes)
    end = np.cumsum(degree)
    by_degree = [(each, np.flatnonzero(degree == each)) for each in np.unique(degree)]
    while True:
        yield colour
        message = row_ranks(np.stack([seen.kind, colour[seen.source]], axis=1))
        message = message[np.lexsort((message, seen.target))]
        finer = np.empty(n_nodes, dtype=np.int64)
        n_colours = 0
        for each, nodes in by_degree:
            arcs = (end[nodes] - each)[:, None] + np.arange(each)
            finer[nodes] = n_colours + row_ranks(np.column_stack([colour[nodes], message[arcs]]))
            n_colours = finer[nodes].max() + 1
        colour = finer
