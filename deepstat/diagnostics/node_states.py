"""States of nodes as a matrix, checked."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepstat.graph.graph import Graph


def node_states(graph: Graph, states: Any) -> NDArray[np.float64]:
    """Return states as a float64 matrix (n, d).

    Parameters
    ----------
    graph : Graph
    states : array-like or tensor of shape (n, d)

    Raises
    ------
    ValueError
        They are not one finite row for each node.

    Examples
    --------
    >>> node_states(Graph([[0], [1]]), [[1, 2], [3, 4]]).dtype
    dtype('float64')
    """
    if hasattr(states, "detach"):
        states = states.detach().cpu().numpy()
    x = np.asarray(states, dtype=np.float64)
    if x.ndim != 2 or len(x) != graph.n_nodes:
        raise ValueError(
            f"states has shape {x.shape} and the graph {graph.n_nodes} nodes: give one row for each node."
        )
    if not np.isfinite(x).all():
        raise ValueError("states holds NaN or infinite numbers: give finite ones.")
    return x
