"""From what a user calls X to a list of graphs."""

from __future__ import annotations

from typing import Any

import numpy as np

from deepstat.graph.from_networkx import from_networkx
from deepstat.graph.graph import Graph


def read_graphs(X: Any) -> tuple[list[Graph], np.ndarray]:
    """Return the distinct graphs of X, and the place among them of each entry (m,).

    Graphs of networkx are converted, with their edges and the weights of these.

    Parameters
    ----------
    X : sequence, array or series of Graph or networkx graphs

    Raises
    ------
    TypeError
        X is a single graph, no sequence, or holds something else.
    ValueError
        X is empty, or has more than one column.

    Examples
    --------
    >>> import networkx as nx
    >>> one, two = nx.path_graph(2), Graph([[0], [1]])
    >>> read_graphs([one, two, one])
    ([Graph(2 nodes, 1 undirected edge), Graph(2 nodes, 1 undirected edge)], array([0, 1, 0]))
    """
    entries = _entries(X)
    if len(entries) == 0:
        raise ValueError("X has no graph: give at least one.")
    place: dict[int, int] = {}
    graphs: list[Graph] = []
    for i, entry in enumerate(entries):
        if id(entry) not in place:
            if not (isinstance(entry, Graph) or _is_networkx(entry)):
                raise TypeError(
                    f"X[{i}] is of type {type(entry).__name__}: give deepstat.Graph or networkx graphs."
                )
            place[id(entry)] = len(graphs)
            graphs.append(entry if isinstance(entry, Graph) else from_networkx(entry))
    return graphs, np.array([place[id(entry)] for entry in entries])


def _entries(X: Any) -> list[Any]:
    if isinstance(X, Graph) or _is_networkx(X):
        raise TypeError(f"X is a single graph ({X}): give a list of graphs, also of one, [graph].")
    if hasattr(X, "to_numpy"):
        X = X.to_numpy()
    if isinstance(X, np.ndarray):
        if X.ndim == 0 or X.size != len(X):
            raise ValueError(f"X has shape {X.shape}: give one graph for each row.")
        X = X.ravel()
    elif isinstance(X, str) or not hasattr(X, "__iter__"):
        raise TypeError(f"X is of type {type(X).__name__}: give a list of graphs.")
    return list(X)


def _is_networkx(entry: Any) -> bool:
    return any(
        cls.__module__.startswith("networkx.") and cls.__name__ == "Graph" for cls in type(entry).__mro__
    )
