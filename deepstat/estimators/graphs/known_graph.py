"""The graph that an estimator was given."""

from __future__ import annotations

from typing import Any

from deepstat.graph.graph import Graph


def known_graph(graph: Any, where: str = "") -> Graph:
    """Return a graph, or raise where it is none, with words on `where` it is given.

    Examples
    --------
    >>> known_graph(None)
    Traceback (most recent call last):
    ValueError: graph=None is no graph: give a deepstat.Graph.
    """
    if isinstance(graph, Graph):
        return graph
    raise ValueError(f"graph={graph!r} is no graph: give a deepstat.Graph{where}.")
