"""Which types of nodes a type of edge joins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from deepstat.graph.graph import Graph


def check_relations(graph: Graph, relations: Mapping[Any, tuple[Any, Any]]) -> dict[Any, tuple[Any, Any]]:
    """Return the relations of the edge types that occur, or raise at an edge that breaks its relation.

    An edge of an undirected graph may stand in either direction.

    Examples
    --------
    >>> from deepstat.graph.graph import Graph
    >>> graph = Graph([[0], [1]], node_type=["author", "paper"], edge_type=["cites"])
    >>> check_relations(graph, {"cites": ("paper", "paper")})
    Traceback (most recent call last):
    ...
    ValueError: Edge 0 of type 'cites' joins ('author', 'paper'), but relations says ('paper', 'paper').
    """
    if graph.node_type is None or graph.edge_type is None:
        raise ValueError(
            "relations says which node types an edge type joins: give node_type and edge_type too."
        )
    if not isinstance(relations, Mapping):
        raise TypeError("relations must be a dict {edge type: (source node type, target node type)}.")
    checked = {}
    for code, name in enumerate(graph.edge_types):
        ends = relations.get(name)
        if not isinstance(ends, (tuple, list)) or len(ends) != 2:
            raise ValueError(
                f"relations must give each edge type its (source, target) node types; for {name!r} it has {ends!r}."
            )
        of_type = np.flatnonzero(graph.edge_type == code)
        types = graph.node_type[graph.edges[:, of_type]]
        source, target = (graph.node_types.index(end) if end in graph.node_types else -1 for end in ends)
        right = (types[0] == source) & (types[1] == target)
        if not graph.directed:
            right |= (types[0] == target) & (types[1] == source)
        if not right.all():
            wrong = np.flatnonzero(~right)[0]
            found = tuple(graph.node_types[t] for t in types[:, wrong])
            raise ValueError(
                f"Edge {of_type[wrong]} of type {name!r} joins {found}, but relations says {tuple(ends)}."
            )
        checked[name] = tuple(ends)
    return checked
