"""Folds of whole connected components."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.model_selection import BaseCrossValidator

from deepstat.graph.components import components
from deepstat.graph.splitters.rows import node_rows
from deepstat.graph.splitters.whole_groups import check_n_splits, whole_groups

if TYPE_CHECKING:
    from deepstat.graph.graph import Graph


class ComponentKFold(BaseCrossValidator):
    """K folds of nodes that never divide a connected component: the error on components not seen in training.

    No message passes between training and test nodes, so a test row is as new as a new graph would be. The
    direction of edges is ignored. Folds have about the same number of rows, not of components.

    Parameters
    ----------
    graph : Graph
        The graph that the estimator is given too.
    n_splits : int, default 5

    Raises
    ------
    ValueError
        In `split`, if the nodes of X lie in fewer components than folds.

    Examples
    --------
    >>> from deepstat.graph.graph import Graph
    >>> graph = Graph([[0, 2, 4], [1, 3, 5]])
    >>> for train, test in ComponentKFold(graph, n_splits=3).split([0, 1, 2, 3, 4, 5]):
    ...     print(train.tolist(), test.tolist())
    [2, 3, 4, 5] [0, 1]
    [0, 1, 4, 5] [2, 3]
    [0, 1, 2, 3] [4, 5]
    """

    def __init__(self, graph: Graph, n_splits: int = 5) -> None:
        check_n_splits(n_splits)
        self.graph = graph
        self.n_splits = n_splits

    def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None) -> int:
        """Return the number of folds.

        Examples
        --------
        >>> from deepstat.graph.graph import Graph
        >>> ComponentKFold(Graph([[0], [1]])).get_n_splits()
        5
        """
        return self.n_splits

    def _iter_test_indices(self, X: Any = None, y: Any = None, groups: Any = None) -> Iterator[np.ndarray]:
        component = components(self.graph)[node_rows(self.graph, X)]
        yield from whole_groups(
            component, self.n_splits, "connected component(s)", "use fewer folds, or PartitionKFold"
        )
