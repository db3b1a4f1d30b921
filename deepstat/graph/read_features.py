"""What a graph is told of its nodes and of itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deepstat.graph.freeze import freeze
from deepstat.graph.read_matrix import read_matrix, read_vector


def read_node_features(node_features: Any) -> Any:
    """Check the features of nodes, a matrix or one for each node type, and make them read-only.

    Examples
    --------
    >>> read_node_features({"paper": [[1, 0]]})["paper"]
    array([[1., 0.]])
    """
    if isinstance(node_features, Mapping):
        return freeze(
            {name: read_matrix(node_features[name], f"node_features[{name!r}]") for name in node_features}
        )
    return None if node_features is None else read_matrix(node_features, "node_features")


def read_graph_features(graph_features: ArrayLike) -> NDArray[np.float64]:
    """Check the features of a whole graph, one row of numbers, and make them read-only.

    Examples
    --------
    >>> read_graph_features([1, 2])
    array([1., 2.])
    """
    if np.ndim(graph_features) != 1:
        raise ValueError(
            f"graph_features must be one row of numbers, not of shape {np.shape(graph_features)}."
        )
    return read_vector(graph_features, len(graph_features), "graph_features", "feature")  # type: ignore[arg-type]
