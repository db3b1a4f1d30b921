"""Refuse a directed graph where the mathematics needs a symmetric matrix."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from deepstat.graph.graph import Graph


def check_undirected(graph: Graph, what: str) -> None:
    """Raise if a graph is directed.

    Parameters
    ----------
    graph : Graph
    what : str
        The function that asks, for the sentence.

    Raises
    ------
    ValueError

    Examples
    --------
    >>> from deepstat.graph.graph import Graph
    >>> check_undirected(Graph([[0], [1]]), "spectral_embedding")
    """
    if graph.directed:
        raise ValueError(
            f"{what} needs an undirected graph and was given a directed one: "
            "build it with directed=False if directions may be ignored."
        )
