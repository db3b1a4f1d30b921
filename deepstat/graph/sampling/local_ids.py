"""Short ids for the nodes of a batch."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


class LocalIds:
    """Number the nodes of one batch 0, 1, 2, … in the order in which they come.

    A table of one int32 a node of the graph is kept between batches and only the entries that a batch touched
    are reset, so that a batch costs time in its own size alone and nothing is sorted.

    Parameters
    ----------
    n_nodes : int
        Of the whole graph. The table takes four bytes for each.

    Examples
    --------
    >>> local = LocalIds(1000)
    >>> local.begin([70, 30])
    >>> local.add(np.array([30, 500, 500, 6]))
    array([1, 2, 2, 3])
    >>> local.nodes
    array([ 70,  30, 500,   6])
    >>> local.find(np.array([6, 7]))
    array([ 3, -1])
    """

    def __init__(self, n_nodes: int) -> None:
        self.n_nodes = n_nodes
        self._table = np.full(n_nodes, -1, dtype=np.int32)
        self._nodes: list[NDArray[np.int64]] = []
        self._count = 0

    def begin(self, nodes: ArrayLike = (), name: str = "seeds") -> None:
        """Forget the last batch and number these nodes.

        Parameters
        ----------
        nodes : array-like of int
            Distinct ids.
        name : str
            What an error calls them.

        Raises
        ------
        ValueError
            A node is repeated or out of range, or the nodes are not a vector of integers.
        """
        for touched in self._nodes:
            self._table[touched] = -1
        self._nodes, self._count = [], 0
        nodes = np.asarray(nodes)
        if nodes.ndim != 1 or (nodes.dtype.kind not in "iu" and nodes.size):
            raise ValueError(
                f"{name} must be a vector of node ids, not {nodes.dtype} of shape {nodes.shape}."
            )
        nodes = nodes.astype(np.int64)
        self._check_range(nodes, name)
        local = np.arange(len(nodes), dtype=np.int32)
        self._table[nodes] = local
        self._nodes = [nodes]
        if not np.array_equal(self._table[nodes], local):
            raise ValueError(f"{name} name a node twice; give each node once.")
        self._count = len(nodes)

    def add(self, nodes: NDArray[np.integer]) -> NDArray[np.int64]:
        """Return the local ids of nodes; those not seen before get the next numbers.

        Parameters
        ----------
        nodes : ndarray of int
            Repeats are allowed.

        Returns
        -------
        ndarray of int64

        Raises
        ------
        ValueError
            A node is out of range.
        """
        self._check_range(nodes, "sources")
        unseen = nodes[self._table[nodes] < 0].astype(np.int64, copy=False)
        # Of several writes to an entry one stays: its writer stands for the node.
        writer = np.arange(len(unseen), dtype=np.int32)
        self._table[unseen] = writer
        new = unseen[self._table[unseen] == writer]
        self._table[new] = np.arange(self._count, self._count + len(new), dtype=np.int32)
        self._nodes.append(new)
        self._count += len(new)
        return self._table[nodes].astype(np.int64)

    def find(self, nodes: NDArray[np.integer]) -> NDArray[np.int64]:
        """Return the local ids of nodes, -1 for those that the batch does not have.

        Parameters
        ----------
        nodes : ndarray of int

        Returns
        -------
        ndarray of int64

        Raises
        ------
        ValueError
            A node is out of range.
        """
        self._check_range(nodes, "sources")
        return self._table[nodes].astype(np.int64)

    @property
    def nodes(self) -> NDArray[np.int64]:
        """The ids of the batch's nodes in the order of their numbers, a new array."""
        return np.concatenate([np.empty(0, dtype=np.int64), *self._nodes])

    def _check_range(self, nodes: NDArray[np.integer], name: str) -> None:
        """Refuse ids out of range: a negative one would be taken from the end without a word."""
        if len(nodes) and (nodes.min() < 0 or nodes.max() >= self.n_nodes):
            raise ValueError(
                f"{name} have ids from {nodes.min()} to {nodes.max()}; "
                f"the graph has {self.n_nodes} nodes, numbered from 0."
            )
