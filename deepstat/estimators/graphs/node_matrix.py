"""The features of a graph's nodes, or what stands in for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy import sparse

from deepstat.graph.graph import Graph

# "identity": a column for each node, which says nothing of nodes not seen in training.
STRUCTURAL = ("identity", "constant", "one_hot_degree", "degree", "laplacian_eigenvectors", "random_walk")


def node_matrix(graph: Graph, structural: tuple[str, ...] | None) -> Any:
    """Return the node features (n, p), a dict of them by node type, or structural features beside or instead of them.

    Examples
    --------
    >>> node_matrix(Graph([[0, 1], [1, 2]]), ("identity",)).shape
    (3, 3)
    """
    given = graph.node_features
    if not structural:
        if given is None:
            raise ValueError(
                "The graph has no node features: give structural_features, for example ('identity',) for nodes of one "
                "graph or ('one_hot_degree',) for many graphs."
            )
        return given
    if isinstance(given, Mapping):
        raise ValueError(
            "structural_features go beside one matrix of node features, not beside one for each type."
        )
    parts = [] if given is None else [given]
    kinds = [kind for kind in structural if kind != "identity"]
    if kinds:
        from deepstat.graph.structural_features import structural_features

        parts.append(structural_features(graph, kinds=tuple(kinds)))
    if "identity" in structural:
        parts.append(sparse.eye_array(graph.n_nodes, format="csr"))
    if len(parts) == 1:
        return parts[0]
    if any(sparse.issparse(part) for part in parts):
        return sparse.hstack([sparse.csr_array(part) for part in parts], format="csr")
    return np.hstack(parts)
