"""A graph in a line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from scipy import sparse

if TYPE_CHECKING:
    from deepstat.graph.graph import Graph


def describe(graph: Graph) -> str:
    """Say how large a graph is, of which kind, and what it carries.

    Examples
    --------
    >>> from deepstat.graph.graph import Graph
    >>> describe(Graph([[0, 1], [1, 2]], edge_weight=[1.0, 2.0]))
    '3 nodes, 2 undirected edges, edge_weight'
    """
    parts = [
        f"{graph.n_nodes} node{'s' * (graph.n_nodes != 1)}",
        f"{graph.n_edges} {'' if graph.directed else 'un'}directed edge{'s' * (graph.n_edges != 1)}",
        *_types("node", graph.node_types),
        *_types("edge", graph.edge_types),
    ]
    parts += ["node_names"] if graph.node_names is not None else []
    if isinstance(graph.node_features, Mapping):
        shapes = (f"{name}: {_shape(matrix)}" for name, matrix in graph.node_features.items())
        parts.append(f"node_features {{{', '.join(shapes)}}}")
    elif graph.node_features is not None:
        parts.append(f"node_features {_shape(graph.node_features)}")
    parts += ["edge_weight"] if graph.edge_weight is not None else []
    parts += [f"edge_features {_shape(graph.edge_features)}"] if graph.edge_features is not None else []
    parts += ["edge_time"] if graph.edge_time is not None else []
    parts += [f"graph_features {graph.graph_features.shape}"] if graph.graph_features is not None else []
    return ", ".join(parts)


def _types(kind: str, names: tuple[Any, ...]) -> list[str]:
    return [f"{kind} types {', '.join(map(str, names))}"] if names else []


def _shape(matrix: Any) -> str:
    return f"{matrix.shape}{' sparse' if sparse.issparse(matrix) else ''}"
