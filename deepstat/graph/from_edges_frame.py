"""From and to data frames with one edge a row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import sparse

from deepstat.errors import suggest
from deepstat.graph.graph import Graph
from deepstat.graph.read_labels import as_objects, read_labels


def from_edges_frame(
    frame: Any,
    *,
    source: str = "source",
    target: str = "target",
    weight: str | None = "weight",
    type: str | None = "type",
    time: str | None = "time",
    features: Sequence[str] | None = None,
    directed: bool = False,
    n_nodes: int | None = None,
    node_names: Any = None,
    **carried: Any,
) -> Graph:
    """Read a data frame with one edge a row.

    Parameters
    ----------
    frame : pandas or polars DataFrame
    source, target : str
        Columns of the ends, as labels.
    weight, type, time : str or None
        Columns that are read if the frame has them; None, never.
    features : sequence of str or None
        Columns of the edge features; None takes all others.
    directed : bool, default=False
    n_nodes : int or None
        If given, the ends are ids from 0 to `n_nodes` - 1.
    node_names : sequence or None
        All nodes in their order, also those without edges. None takes the labels that
        occur, sorted (and no names if those are just 0, 1, 2, ...).
    **carried
        What else the nodes and the graph carry: node_features, node_type, relations, graph_features, as of
        :class:`Graph`.

    Returns
    -------
    Graph

    Raises
    ------
    ValueError
        A column is missing; what Graph refuses.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"source": ["b", "b"], "target": ["a", "c"], "weight": [1.0, 2.0], "age": [3, 4]})
    >>> from_edges_frame(frame)
    Graph(3 nodes, 2 undirected edges, node_names, edge_weight, edge_features (2, 1))
    """
    columns = list(frame.columns)
    for name in (source, target, *(features or ())):
        if name not in columns:
            listed = ", ".join(map(str, columns))
            raise ValueError(
                f"The frame has no column {name!r} but {listed}.{suggest(str(name), map(str, columns))}"
            )
    wanted = {"weight": weight, "type": type, "time": time}
    special = {name: column for name, column in wanted.items() if column in columns}
    if features is None:
        features = [name for name in columns if name not in (source, target, *special.values())]
    ends = [read_labels(frame[name], f"column {name!r}") for name in (source, target)]
    if node_names is None and n_nodes is None:
        node_names = _sorted_labels(ends)
        if node_names.dtype.kind in "iu" and np.array_equal(node_names, np.arange(len(node_names))):
            node_names, n_nodes = None, len(node_names)
    return Graph(
        ends if len(frame) else [],
        n_nodes=n_nodes,
        directed=directed,
        node_names=node_names,
        edge_weight=frame[special["weight"]] if "weight" in special else None,
        edge_type=frame[special["type"]] if "type" in special else None,
        edge_time=frame[special["time"]] if "time" in special else None,
        edge_features=frame[list(features)] if features else None,
        **carried,
    )


def to_edges_frame(graph: Graph) -> Any:
    """Write a pandas DataFrame with one edge a row.

    Parameters
    ----------
    graph : Graph

    Returns
    -------
    pandas.DataFrame
        Columns source and target (names, or ids), then weight, type, time and ``feature_0``, ``feature_1``, ..., each
        where the graph has it.

    Examples
    --------
    >>> to_edges_frame(Graph([["a"], ["b"]], node_names=["a", "b"], edge_weight=[2.0]))
      source target  weight
    0      a      b     2.0
    """
    import pandas as pd

    ends = graph.edges if graph.node_names is None else graph.node_names[graph.edges]
    columns = {"source": ends[0], "target": ends[1]}
    if graph.edge_weight is not None:
        columns["weight"] = graph.edge_weight
    if graph.edge_type is not None:
        columns["type"] = read_labels(as_objects(graph.edge_types)[graph.edge_type], "edge_type")
    if graph.edge_time is not None:
        columns["time"] = graph.edge_time
    if graph.edge_features is not None:
        features = graph.edge_features
        dense = features.toarray() if sparse.issparse(features) else features
        columns |= {f"feature_{j}": dense[:, j] for j in range(dense.shape[1])}
    return pd.DataFrame(columns)


def _sorted_labels(ends: list[Any]) -> Any:
    if any(end.dtype.kind == "O" for end in ends) or len({end.dtype.kind for end in ends}) > 1:
        labels = set(ends[0].tolist()) | set(ends[1].tolist())
        try:
            return read_labels(sorted(labels), "node_names")
        except TypeError as error:
            raise TypeError(
                "The ends mix labels that cannot be sorted: give all nodes as node_names."
            ) from error
    return np.union1d(*ends)
