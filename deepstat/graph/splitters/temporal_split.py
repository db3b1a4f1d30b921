"""Folds in the order of time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from sklearn.model_selection import BaseCrossValidator

from deepstat.graph.splitters.edge_times import node_times, pair_times
from deepstat.graph.splitters.read_times import read_times
from deepstat.graph.splitters.rows import node_rows, pair_rows
from deepstat.graph.splitters.whole_groups import check_n_splits

if TYPE_CHECKING:
    from deepstat.graph.graph import Graph


class TemporalSplit(BaseCrossValidator):
    """Train on what is strictly earlier, test on what comes next: the error on the future of the same graph.

    The rows are cut into ``n_splits + 1`` blocks of time of about the same number of rows, rows of the same
    time in the same block. Fold k trains on the first k blocks and tests on the next one.

    The time of a row is, in this order: what `groups` says in `split`; for nodes `node_time`, else the time of
    the node's first edge; for pairs the time of the first edge that joins them (pairs that no edge joins,
    sampled as negatives, need `groups`).

    The splitter chooses rows. Propagation in the estimator still runs along later edges: for a fit that knows
    nothing of the future use the graph as it was, ``graph_before(graph, boundary)`` with the `boundaries` of
    this splitter.

    Parameters
    ----------
    graph : Graph
    n_splits : int, default 5
    node_time : array-like of shape (n_nodes,), default None
        Numbers or datetimes, in the order of the graph's nodes.

    Raises
    ------
    ValueError
        If times are missing or of fewer than ``n_splits + 1`` values.

    Examples
    --------
    >>> from deepstat.graph.graph import Graph
    >>> graph = Graph([[0, 1, 2], [1, 2, 3]])
    >>> splitter = TemporalSplit(graph, n_splits=2, node_time=[2018, 2019, 2019, 2020])
    >>> for train, test in splitter.split([3, 2, 1, 0]):
    ...     print(train.tolist(), test.tolist())
    [3] [1, 2]
    [1, 2, 3] [0]
    >>> splitter.boundaries([3, 2, 1, 0]).tolist()
    [2019.0, 2020.0]
    """

    # groups, if given, are times.
    __metadata_request__split: ClassVar = {"groups": True}

    def __init__(self, graph: Graph, n_splits: int = 5, *, node_time: Any = None) -> None:
        check_n_splits(n_splits, least=1)
        self.graph = graph
        self.n_splits = n_splits
        self.node_time = node_time

    def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None) -> int:
        """Return the number of folds.

        Examples
        --------
        >>> from deepstat.graph.graph import Graph
        >>> TemporalSplit(Graph([[0], [1]], edge_time=[1.0])).get_n_splits()
        5
        """
        return self.n_splits

    def boundaries(self, X: Any, groups: Any = None) -> np.ndarray:
        """Return for each fold the first time that is tested; all that is trained on is earlier.

        Parameters
        ----------
        X : array-like of shape (m,), (m, 1) or (m, 2)
            Nodes or pairs.
        groups : array-like of shape (m,), default None
            The time of each row.

        Returns
        -------
        ndarray of shape (n_splits,)

        Examples
        --------
        >>> from deepstat.graph.graph import Graph
        >>> graph = Graph([[0, 1, 2], [1, 2, 3]], edge_time=[1.0, 2.0, 3.0])
        >>> TemporalSplit(graph, n_splits=2).boundaries([[0, 1], [1, 2], [2, 3]]).tolist()
        [2.0, 3.0]
        """
        return self._cut(self._times(X, groups))

    def split(self, X: Any, y: Any = None, groups: Any = None) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield the training and test rows of each fold, earliest fold first.

        Parameters
        ----------
        X : array-like of shape (m,), (m, 1) or (m, 2)
            Nodes or pairs.
        y : object
            Ignored.
        groups : array-like of shape (m,), default None
            The time of each row.

        Yields
        ------
        train, test : ndarray, int64

        Examples
        --------
        >>> from deepstat.graph.graph import Graph
        >>> splitter = TemporalSplit(Graph([[0, 1], [1, 2]]), n_splits=1)
        >>> [(train.tolist(), test.tolist()) for train, test in splitter.split([2, 0], groups=[9, 7])]
        [([1], [0])]
        """
        times = self._times(X, groups)
        boundaries = self._cut(times)
        for k, start in enumerate(boundaries):
            test = times >= start
            if k + 1 < len(boundaries):
                test &= times < boundaries[k + 1]
            yield np.flatnonzero(times < start), np.flatnonzero(test)

    def _times(self, X: Any, groups: Any) -> np.ndarray:
        X = np.asarray(X)
        pairs = X.ndim == 2 and X.shape[1] == 2
        nodes = pair_rows(self.graph, X) if pairs else node_rows(self.graph, X)
        if groups is not None:
            return read_times(groups, "groups", len(nodes))
        if pairs:
            return pair_times(self.graph, nodes)
        if self.node_time is not None:
            return read_times(self.node_time, "node_time", self.graph.n_nodes)[nodes]
        return node_times(self.graph, nodes)

    def _cut(self, times: np.ndarray) -> np.ndarray:
        values, counts = np.unique(times, return_counts=True)
        if len(values) <= self.n_splits:
            raise ValueError(
                f"The rows have {len(values)} different time(s) and n_splits={self.n_splits} needs at least "
                f"{self.n_splits + 1}: use fewer folds."
            )
        earlier = np.cumsum(counts) - counts
        chosen: list[int] = []
        for k in range(1, self.n_splits + 1):
            wanted = int(np.searchsorted(earlier, k * len(times) / (self.n_splits + 1)))
            lowest = chosen[-1] + 1 if chosen else 1
            # So many values must be left for the folds to come.
            highest = len(values) - 1 - (self.n_splits - k)
            chosen.append(min(max(wanted, lowest), highest))
        return values[chosen]
