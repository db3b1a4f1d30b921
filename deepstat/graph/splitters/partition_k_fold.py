"""Folds that are regions of a graph."""

from __future__ import annotations

from collections.abc import Iterator
from numbers import Integral
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.model_selection import BaseCrossValidator

from deepstat.graph.sampling.partition import partition
from deepstat.graph.splitters.rows import node_rows
from deepstat.graph.splitters.whole_groups import check_n_splits, whole_groups

if TYPE_CHECKING:
    from deepstat.graph.graph import Graph


class PartitionKFold(BaseCrossValidator):
    """K folds of nodes that are parts of the graph with few edges between them: the error on a region not labelled.

    What blocks of space are to spatial data. The graph is divided into parts of equal size, whatever X is, and
    parts are put into folds of about the same number of rows. Some edges still join training and test nodes:
    `cut_edges` says which.

    Parameters
    ----------
    graph : Graph
    n_splits : int, default 5
    n_parts : int, default None
        None: as many as folds. More and smaller parts make folds alike and harder to tell from random ones.
    random_state : int, default 0
        Of the partition.

    Raises
    ------
    ValueError
        If there are fewer parts than folds; in `split`, if the nodes of X lie in fewer parts than folds.

    Examples
    --------
    >>> from deepstat.graph.graph import Graph
    >>> path = Graph([[0, 1, 2, 3, 4], [1, 2, 3, 4, 5]])
    >>> splitter = PartitionKFold(path, n_splits=2)
    >>> sorted(test.tolist() for _, test in splitter.split([0, 1, 2, 3, 4, 5]))
    [[0, 1, 2], [3, 4, 5]]
    >>> path.edges[:, splitter.cut_edges()].T.tolist()
    [[2, 3]]
    """

    def __init__(
        self, graph: Graph, n_splits: int = 5, *, n_parts: int | None = None, random_state: int = 0
    ) -> None:
        check_n_splits(n_splits)
        if n_parts is not None and (not isinstance(n_parts, Integral) or n_parts < n_splits):
            raise ValueError(
                f"n_parts={n_parts!r} is not allowed: give an integer of at least n_splits={n_splits}."
            )
        self.graph = graph
        self.n_splits = n_splits
        self.n_parts = n_parts
        self.random_state = random_state

    def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None) -> int:
        """Return the number of folds.

        Examples
        --------
        >>> from deepstat.graph.graph import Graph
        >>> PartitionKFold(Graph([[0], [1]]), n_splits=2).get_n_splits()
        2
        """
        return self.n_splits

    def parts(self) -> np.ndarray:
        """Return the part of each node of the graph; it is computed at each call.

        Returns
        -------
        ndarray of shape (n_nodes,), int64

        Examples
        --------
        >>> from deepstat.graph.graph import Graph
        >>> np.bincount(PartitionKFold(Graph([[0, 1, 2], [1, 2, 3]]), n_splits=2).parts()).tolist()
        [2, 2]
        """
        arcs = self.graph.arcs
        n_parts = self.n_splits if self.n_parts is None else self.n_parts
        return partition(arcs.pointers, arcs.source, n_parts, seed=self.random_state).astype(np.int64)

    def cut_edges(self) -> np.ndarray:
        """Return which edges join two parts: along them training nodes still tell of test nodes.

        With one part a fold these are the edges between folds; with more, some of them lie within one.
        ``graph.without_edges(splitter.cut_edges())`` has none.

        Returns
        -------
        ndarray of int64
            Positions in ``graph.edges``.

        Examples
        --------
        >>> from deepstat.graph.graph import Graph
        >>> PartitionKFold(Graph([[0, 1, 2], [1, 2, 3]]), n_splits=2).cut_edges().tolist()
        [1]
        """
        part = self.parts()[self.graph.edges]
        return np.flatnonzero(part[0] != part[1])

    def _iter_test_indices(self, X: Any = None, y: Any = None, groups: Any = None) -> Iterator[np.ndarray]:
        part = self.parts()[node_rows(self.graph, X)]
        yield from whole_groups(part, self.n_splits, "part(s) of the graph", "use fewer folds or more parts")
