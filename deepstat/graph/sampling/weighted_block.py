"""What one layer needs for a batch, when all targets share the sampled sources."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class WeightedBlock:
    """The arcs of one layer: from its input nodes to its targets, which are the first of them.

    The ``nodes`` of one block are the targets of the block before it.

    Attributes
    ----------
    nodes : ndarray of int64 of shape (n_inputs,)
        Ids in the graph of the layer's inputs.
    n_targets : int
        ``nodes[:n_targets]`` are those that the layer computes.
    source, target : ndarray of int64 of shape (m,)
        Ends of the arcs as positions in `nodes`, sorted by target.
    arc : ndarray of int64 of shape (m,)
        Position of each among the arcs of the graph.
    factor : ndarray of float64 of shape (m,)
        What each arc's weight is multiplied by: how often its source was drawn over the expected number.

    Examples
    --------
    >>> block = WeightedBlock(
    ...     np.array([5, 8]), 1, np.array([1]), np.array([0]), np.array([40]), np.array([2.5])
    ... )
    >>> block.nodes[block.source]
    array([8])
    """

    nodes: NDArray[np.int64]
    n_targets: int
    source: NDArray[np.int64]
    target: NDArray[np.int64]
    arc: NDArray[np.int64]
    factor: NDArray[np.float64]
