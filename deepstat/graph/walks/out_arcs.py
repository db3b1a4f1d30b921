"""The arcs of a graph by the node that they leave, ready to be drawn from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from deepstat.graph.graph import Graph


class OutArcs:
    """Arcs sorted by (source, target), from which a whole set of walkers draws its next node at once.

    An arc of weight 0 is never walked and is left out.

    Parameters
    ----------
    graph : Graph

    Attributes
    ----------
    pointers : ndarray of shape (n_nodes + 1,), int64
        The arcs that leave node i are ``pointers[i]:pointers[i + 1]``.
    target : ndarray of shape (n_arcs,), int64
    weight : ndarray of shape (n_arcs,) or None

    Examples
    --------
    >>> from deepstat.graph.graph import Graph
    >>> out = OutArcs(Graph([[0, 0, 1], [1, 2, 2]], n_nodes=4, directed=True))
    >>> out.pointers.tolist(), out.target.tolist()
    ([0, 2, 3, 3, 3], [1, 2, 2])
    >>> out.has_arc(np.array([0, 1]), np.array([2, 0])).tolist()
    [True, False]
    """

    def __init__(self, graph: Graph) -> None:
        arcs = graph.arcs
        if graph.directed:
            order = np.lexsort((arcs.target, arcs.source))
            source, target = arcs.source[order], arcs.target[order]
            weight = None if arcs.weight is None else arcs.weight[order]
        else:  # sorted by target is sorted by source, with every arc turned round
            source, target, weight = arcs.target, arcs.source, arcs.weight
        if weight is not None and not weight.all():
            walked = weight > 0
            source, target, weight = source[walked], target[walked], weight[walked]
        self.n_nodes = graph.n_nodes
        self.target = target
        self.weight = weight
        self.pointers = np.concatenate([[0], np.cumsum(np.bincount(source, minlength=self.n_nodes))])
        # One number for each arc, increasing: (source, target) is found by bisection.
        self._key = source * self.n_nodes + target
        self._cumulative = None
        if weight is not None:
            # Each node's weights sum to 1 before they are accumulated over all nodes: a node of tiny weights
            # beside one of huge weights keeps its digits.
            total = np.bincount(source, weights=weight, minlength=self.n_nodes)
            self._cumulative = np.concatenate([[0.0], np.cumsum(weight / total[source])])

    def __len__(self) -> int:
        return len(self.target)

    def degree(self, nodes: np.ndarray) -> np.ndarray:
        """Return the number of arcs that leave each node.

        Examples
        --------
        >>> from deepstat.graph.graph import Graph
        >>> OutArcs(Graph([[0, 1], [1, 2]])).degree(np.array([1, 2])).tolist()
        [2, 1]
        """
        return self.pointers[nodes + 1] - self.pointers[nodes]

    def draw(self, nodes: np.ndarray, generator: np.random.Generator) -> np.ndarray:
        """Return one arc that leaves each node, with probability proportional to its weight.

        Parameters
        ----------
        nodes : ndarray of shape (m,), int64
            Each must have an arc that leaves it.
        generator : numpy.random.Generator

        Returns
        -------
        ndarray of shape (m,), int64
            Positions in `target`. It costs one bisection a walker for a weighted graph, nothing for an
            unweighted one.

        Examples
        --------
        >>> from deepstat.graph.graph import Graph
        >>> out = OutArcs(Graph([[0, 1], [1, 2]], edge_weight=[0.0, 2.0]))
        >>> out.target[out.draw(np.array([1, 1]), np.random.default_rng(0))].tolist()
        [2, 2]
        """
        first, end = self.pointers[nodes], self.pointers[nodes + 1]
        uniform = generator.random(len(nodes))
        if self._cumulative is None:
            return first + (uniform * (end - first)).astype(np.int64)
        below, above = self._cumulative[first], self._cumulative[end]
        height = below + uniform * (above - below)
        # Rounding may put the height on a border.
        return np.clip(np.searchsorted(self._cumulative, height, side="right") - 1, first, end - 1)

    def _range(self, source: np.ndarray, target: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the positions between which the arcs from each source to each target lie."""
        wanted = source * self.n_nodes + target
        return np.searchsorted(self._key, wanted), np.searchsorted(self._key, wanted, side="right")

    def share(self, source: np.ndarray, target: np.ndarray) -> np.ndarray:
        """Return the probability that `draw` goes from each source to each target, over parallel arcs.

        Examples
        --------
        >>> from deepstat.graph.graph import Graph
        >>> out = OutArcs(Graph([[0, 1, 1], [1, 2, 2]]))
        >>> out.share(np.array([1, 1]), np.array([0, 2])).round(3).tolist()
        [0.333, 0.667]
        """
        first, end = self._range(source, target)
        if self._cumulative is None:
            return (end - first) / np.maximum(self.degree(source), 1)
        return self._cumulative[end] - self._cumulative[first]

    def has_arc(self, source: np.ndarray, target: np.ndarray) -> np.ndarray:
        """Return whether an arc leads from each source to each target.

        Examples
        --------
        >>> from deepstat.graph.graph import Graph
        >>> OutArcs(Graph([[0, 1], [1, 2]])).has_arc(np.array([0, 2]), np.array([2, 1])).tolist()
        [False, True]
        """
        if not len(self):
            return np.zeros(len(source), dtype=bool)
        wanted = source * self.n_nodes + target
        place = np.minimum(np.searchsorted(self._key, wanted), len(self) - 1)
        return self._key[place] == wanted
