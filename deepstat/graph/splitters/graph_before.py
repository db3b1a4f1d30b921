"""The graph as it was at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from deepstat.graph.splitters.edge_times import edge_times
from deepstat.graph.splitters.read_times import read_times

if TYPE_CHECKING:
    from deepstat.graph.graph import Graph


def graph_before(graph: Graph, time: Any) -> Graph:
    """Return the graph without the edges of a time or later; all nodes stay.

    A split by time decides which rows are trained on. Propagation still runs along every edge of the graph that
    the estimator was given, the later ones too: train on the graph as it was.

    Parameters
    ----------
    graph : Graph
        With `edge_time`.
    time : number or datetime
        As a boundary of :class:`~deepstat.graph.splitters.temporal_split.TemporalSplit`.

    Returns
    -------
    Graph

    Raises
    ------
    ValueError
        If the graph has no edge times, or they cannot be compared with `time`.

    Examples
    --------
    >>> from deepstat.graph.graph import Graph
    >>> graph = Graph([[0, 1, 2], [1, 2, 3]], edge_time=[2019.0, 2020.0, 2021.0])
    >>> graph_before(graph, 2020).edges.tolist()
    [[0], [1]]
    """
    times = edge_times(graph)
    bound = read_times(time, "time")
    if bound.dtype.kind != times.dtype.kind:
        raise ValueError(f"time={time!r} cannot be compared with the edge times, which are {times.dtype}.")
    return graph.without_edges(np.flatnonzero(times >= bound))
