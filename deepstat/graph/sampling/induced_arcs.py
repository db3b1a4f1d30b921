"""The arcs between the nodes of a batch."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from deepstat.graph.sampling.arcs_into import arcs_into
from deepstat.graph.sampling.local_ids import LocalIds

Ids = NDArray[np.int64]


def induced_arcs(
    pointers: NDArray[np.integer], sources: NDArray[np.integer], local: LocalIds
) -> tuple[Ids, Ids, Ids]:
    """List the arcs of which both ends are in the batch.

    Parameters
    ----------
    pointers : ndarray of int of shape (n + 1,)
    sources : ndarray of int of shape (n_arcs,)
    local : LocalIds
        Knows the nodes of the batch.

    Returns
    -------
    source, target : ndarray of int64
        Local ids, sorted by target.
    arc : ndarray of int64
        Positions among the arcs. The cost is that of all arcs into the batch.

    Examples
    --------
    A path 0 - 1 - 2.

    >>> local = LocalIds(3)
    >>> local.begin([2, 1])
    >>> induced_arcs(np.array([0, 1, 3, 4]), np.array([1, 0, 2, 1]), local)
    (array([1, 0]), array([0, 1]), array([3, 2]))
    """
    nodes = local.nodes
    arc, degree = arcs_into(pointers, nodes)
    source = local.find(sources[arc])
    inside = np.flatnonzero(source >= 0)
    target = np.repeat(np.arange(len(nodes)), degree)
    return source[inside], target[inside], arc[inside]
