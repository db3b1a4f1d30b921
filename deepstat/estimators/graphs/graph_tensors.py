"""A graph's features and arcs as tensors, made once for all networks that look at it."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import torch
from scipy import sparse

from deepstat.data.graph_inputs import GraphInputs
from deepstat.estimators.graphs.feature_scaling import FeatureScaling, learn_scaling
from deepstat.estimators.graphs.graph_coding import GraphCoding
from deepstat.estimators.graphs.node_matrix import node_matrix
from deepstat.graph.graph import Graph
from deepstat.layers.graph.edges import Edges
from deepstat.layers.graph.graph_data import GraphData
from deepstat.layers.graph.sparse_matrix import SparseMatrix
from deepstat.layers.graph.typed_features import TypedFeatures

_MADE: WeakKeyDictionary[Graph, dict[Any, Any]] = WeakKeyDictionary()


def learn_graph(
    graph: Graph, what: tuple[str, ...], feature_scaling: str, structural: tuple[str, ...] | None
) -> GraphCoding:
    """Learn of a graph what its networks are built by; once for each graph."""
    key = "learned", what, feature_scaling, structural
    kept = _MADE.setdefault(graph, {})
    if key not in kept:
        kept[key] = _learn(graph, what, feature_scaling, structural)
    return kept[key]


def _learn(
    graph: Graph, what: tuple[str, ...], feature_scaling: str, structural: tuple[str, ...] | None
) -> GraphCoding:
    matrix = node_matrix(graph, structural)
    parts = [matrix[name] for name in graph.node_types] if isinstance(matrix, Mapping) else [matrix]
    scalings = tuple(learn_scaling(feature_scaling, part) for part in parts)
    widths = tuple(int(part.shape[1]) for part in parts)
    typed = isinstance(matrix, Mapping)
    inputs = GraphInputs(
        0 if typed else widths[0],
        type_widths=widths if typed else (),
        n_edge_features=0 if graph.edge_features is None else int(graph.edge_features.shape[1]),
        n_edge_types=max(1, len(graph.edge_types)),
    )
    return GraphCoding(what, scalings, inputs, structural)


def graph_tensors(graph: Graph, coding: GraphCoding, dtype: torch.dtype, device: torch.device) -> GraphData:
    """Return the data of a graph; the same object for the same graph, coding, dtype and device."""
    key = coding, dtype, str(device)
    kept = _MADE.setdefault(graph, {})
    if key not in kept:
        _check_like(graph, coding)
        kept[key] = GraphData(_features(graph, coding, dtype, device), _edges(graph, dtype, device))
    return kept[key]


def _check_like(graph: Graph, coding: GraphCoding) -> None:
    found = _learn(graph, coding.what, "none", coding.structural).described
    known = coding.described
    for name, what in (
        ("n_numeric", "node features"),
        ("type_widths", "features of the node types"),
        ("n_edge_features", "edge features"),
        ("n_edge_types", "edge types"),
    ):
        if getattr(found, name) != getattr(known, name):
            raise ValueError(
                f"The graph has {getattr(found, name)} {what}, and the graph of the fit had {getattr(known, name)}: "
                "give a graph with the same columns and types."
            )


def _features(graph: Graph, coding: GraphCoding, dtype: torch.dtype, device: torch.device) -> Any:
    matrix = node_matrix(graph, coding.structural)
    if not isinstance(matrix, Mapping):
        return _tensor(coding.scalings[0](matrix), dtype, device)
    parts = [
        _tensor(scaling(matrix[name]), dtype, device)
        for name, scaling in zip(graph.node_types, coding.scalings, strict=True)
    ]
    starts = np.cumsum([0, *(part.shape[0] for part in parts[:-1])])
    place = starts[graph.node_type] + graph.row_in_type
    return TypedFeatures(tuple(parts), torch.as_tensor(place, device=device))


def _tensor(matrix: Any, dtype: torch.dtype, device: torch.device) -> Any:
    if sparse.issparse(matrix):
        return SparseMatrix.from_scipy(matrix, dtype, device)
    return _shared(np.asarray(matrix)).to(device=device, dtype=dtype)


def _shared(array: np.ndarray) -> torch.Tensor:
    """Return a tensor in the memory of an array that nobody writes to: torch warns where it is read-only."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return torch.from_numpy(np.ascontiguousarray(array))


def _edges(graph: Graph, dtype: torch.dtype, device: torch.device) -> Edges:
    arcs = graph.arcs

    def carried(values: Any, kind: torch.dtype) -> Any:
        if values is None:
            return None
        rows = values[arcs.edge]
        return torch.tensor(rows.toarray() if sparse.issparse(rows) else rows, dtype=kind, device=device)

    return Edges(
        _shared(arcs.source).to(device),
        _shared(arcs.target).to(device),
        graph.n_nodes,
        weight=None if arcs.weight is None else torch.tensor(arcs.weight, dtype=dtype, device=device),
        features=carried(graph.edge_features, dtype),
        type=carried(graph.edge_type, torch.int64),
        n_types=max(1, len(graph.edge_types)),
    )


__all__ = ["FeatureScaling", "graph_tensors", "learn_graph"]
