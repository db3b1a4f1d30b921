"""Features that differ between types of nodes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from deepstat.graph.read_matrix import check_length

if TYPE_CHECKING:
    from deepstat.graph.graph import Graph


def check_type_features(graph: Graph, features: Mapping[Any, Any]) -> None:
    """Raise unless there is a matrix for each node type, with a row for each of its nodes.

    Examples
    --------
    >>> import numpy as np
    >>> from deepstat.graph.graph import Graph
    >>> graph = Graph([[0], [1]], node_type=["author", "paper"])
    >>> check_type_features(graph, {"author": np.ones((1, 2))})
    Traceback (most recent call last):
    ...
    ValueError: node_features has a matrix for author but the node types are author, paper: give one for each.
    """
    if graph.node_type is None:
        raise ValueError("node_features is a dict by node type, but there is no node_type.")
    if set(features) != set(graph.node_types):
        given, wanted = (", ".join(map(str, names)) or "none" for names in (features, graph.node_types))
        raise ValueError(
            f"node_features has a matrix for {given} but the node types are {wanted}: give one for each."
        )
    counts = np.bincount(graph.node_type, minlength=len(graph.node_types))
    for name, count in zip(graph.node_types, counts, strict=True):
        check_length(features[name], int(count), f"node_features[{name!r}]", f"{name} node")
