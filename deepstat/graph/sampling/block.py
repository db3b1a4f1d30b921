"""What one layer needs for a batch, when each target has arcs of its own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Block:
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
        Position of each among the arcs of the graph, for its weight, features or type.
    scale : ndarray of float64 of shape (n_targets,)
        Number of a target's arcs over the number sampled, 1 where there are none: the sum of messages times it
        is unbiased for the sum over all arcs. A mean over the sampled arcs needs none.

    Examples
    --------
    >>> block = Block(
    ...     np.array([5, 8, 2]), 1, np.array([1, 2]), np.array([0, 0]), np.array([40, 43]), np.array([3.5])
    ... )
    >>> block.factor
    array([3.5, 3.5])
    """

    nodes: NDArray[np.int64]
    n_targets: int
    source: NDArray[np.int64]
    target: NDArray[np.int64]
    arc: NDArray[np.int64]
    scale: NDArray[np.float64]

    @property
    def factor(self) -> NDArray[np.float64]:
        """What each arc's weight is multiplied by, (m,)."""
        return self.scale[self.target]
