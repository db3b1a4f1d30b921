"""Folds of links."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.model_selection import BaseCrossValidator, KFold

from deepstat.graph.splitters.rows import pair_keys, pair_rows
from deepstat.graph.splitters.whole_groups import check_n_splits

if TYPE_CHECKING:
    from deepstat.graph.graph import Graph


class EdgeKFold(BaseCrossValidator):
    """K folds of pairs of nodes: the rows of one pair, however often and in whichever direction, stay together.

    An ordinary K-fold may train on (u, v) and test on (v, u), which in an undirected graph is the same link. In
    a directed graph the two are different links and may be parted. The edges of a test fold still are edges of
    the graph: the estimator must not propagate along them, as link predictors here see to.

    Parameters
    ----------
    graph : Graph
    n_splits : int, default 5
    shuffle : bool, default False
        Put pairs into folds at random, else in their order.
    random_state : int or None
        Of the shuffle.

    Raises
    ------
    ValueError
        In `split`, if X holds fewer different pairs than folds.

    Examples
    --------
    >>> from deepstat.graph.graph import Graph
    >>> graph = Graph([[0, 1, 2], [1, 2, 0]])
    >>> pairs = [[0, 1], [1, 2], [1, 0], [2, 1]]
    >>> [test.tolist() for _, test in EdgeKFold(graph, n_splits=2).split(pairs)]
    [[0, 2], [1, 3]]
    """

    def __init__(
        self, graph: Graph, n_splits: int = 5, *, shuffle: bool = False, random_state: int | None = None
    ) -> None:
        check_n_splits(n_splits)
        if random_state is not None and not shuffle:
            raise ValueError("random_state has no effect without shuffle=True: leave it out or shuffle.")
        self.graph = graph
        self.n_splits = n_splits
        self.shuffle = shuffle
        self.random_state = random_state

    def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None) -> int:
        """Return the number of folds.

        Examples
        --------
        >>> from deepstat.graph.graph import Graph
        >>> EdgeKFold(Graph([[0], [1]]), n_splits=3).get_n_splits()
        3
        """
        return self.n_splits

    def _iter_test_masks(self, X: Any = None, y: Any = None, groups: Any = None) -> Iterator[np.ndarray]:
        keys = pair_keys(self.graph, pair_rows(self.graph, X))
        _, first, pair = np.unique(keys, return_index=True, return_inverse=True)
        if len(first) < self.n_splits:
            raise ValueError(
                f"X holds {len(first)} different pair(s), fewer than n_splits={self.n_splits}: use fewer folds."
            )
        # Pairs in the order in which X first names them, so that folds are contiguous as KFold's are.
        pair = np.argsort(np.argsort(first))[pair.reshape(-1)]
        folds = KFold(self.n_splits, shuffle=self.shuffle, random_state=self.random_state)
        for _, test in folds.split(first):
            yield np.isin(pair, test)
