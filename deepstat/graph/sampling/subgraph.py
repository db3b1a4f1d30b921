"""A sampled part of a graph, used for all layers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Subgraph:
    """Some nodes, the arcs between them, and how likely both were.

    With x the messages of the full graph and v one of the nodes, ``sum of arc_factor * x`` over the arcs into v
    estimates the sum over all arcs into v, and ``sum of node_factor * f(v)`` over the nodes estimates the sum of
    f over the graph. The sampler says how far each is unbiased.

    Attributes
    ----------
    nodes : ndarray of int64 of shape (n_sub,)
        Ids in the graph.
    source, target : ndarray of int64 of shape (m,)
        Ends of the arcs as positions in `nodes`, sorted by target.
    arc : ndarray of int64 of shape (m,)
        Position of each among the arcs of the graph.
    node_factor : ndarray of float64 of shape (n_sub,)
        One over the probability that the node is sampled: its loss is multiplied by it.
    arc_factor : ndarray of float64 of shape (m,)
        One over the probability that the arc is sampled if its target is: its weight is multiplied by it.

    Examples
    --------
    >>> one = np.array([0, 1]), np.array([1, 0]), np.array([8, 9])
    >>> subgraph = Subgraph(np.array([4, 7]), *one, np.array([2.0, 2.0]), np.array([1.0, 1.0]))
    >>> subgraph.nodes[subgraph.source]
    array([4, 7])
    """

    nodes: NDArray[np.int64]
    source: NDArray[np.int64]
    target: NDArray[np.int64]
    arc: NDArray[np.int64]
    node_factor: NDArray[np.float64]
    arc_factor: NDArray[np.float64]
