"""From and to PyTorch Geometric."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse

from deepstat.graph.graph import Graph


def from_pyg(data: Any, *, directed: bool | None = None) -> Graph:
    """Read a ``torch_geometric.data.Data``.

    Its ``x``, ``edge_attr``, ``edge_weight``, ``edge_time``, ``node_type``, ``edge_type`` and ``u`` (one row for the
    graph) are read where they are. Targets and masks are no part of a graph: take ``data.y.numpy()`` and
    ``np.flatnonzero(data.train_mask)``.

    Parameters
    ----------
    data : torch_geometric.data.Data
    directed : bool or None
        None asks ``data.is_undirected()``. Of an undirected one, which lists each edge in both directions, the arcs
        with source <= target are kept.

    Returns
    -------
    Graph

    Raises
    ------
    TypeError
        Something else than Data.
    ValueError
        ``directed=False``, but not every arc has one that runs back; what Graph refuses.
    ImportError
        torch_geometric is not installed.

    Examples
    --------
    >>> from_pyg(data)  # doctest: +SKIP
    Graph(2708 nodes, 5278 undirected edges, node_features (2708, 1433))
    """
    geometric = _torch_geometric()
    if not isinstance(data, geometric.data.Data):
        raise TypeError(
            f"from_pyg takes a torch_geometric.data.Data, not {type(data).__name__}; "
            "HeteroData has to_homogeneous()."
        )
    arcs = np.zeros((2, 0), dtype=np.int64) if data.edge_index is None else data.edge_index.cpu().numpy()
    carried = {
        name: _array(data.get(key))
        for name, key in (
            ("edge_features", "edge_attr"),
            ("edge_weight", "edge_weight"),
            ("edge_time", "edge_time"),
            ("edge_type", "edge_type"),
        )
    }
    if carried["edge_features"] is not None and carried["edge_features"].ndim == 1:
        carried["edge_features"] = carried["edge_features"].reshape(-1, 1)
    symmetric = directed is not True and data.edge_index is not None and data.is_undirected()
    if directed is False and arcs.shape[1] and not symmetric:
        raise ValueError("The data lists arcs without the arcs that run back: pass directed=True.")
    if directed is None:
        directed = bool(arcs.shape[1]) and not symmetric
    kept = np.flatnonzero(arcs[0] <= arcs[1]) if not directed else np.arange(arcs.shape[1])
    graph_features = _array(data.get("u"))
    return Graph(
        arcs[:, kept],
        n_nodes=data.num_nodes,
        directed=directed,
        node_features=_array(data.x),
        node_type=_array(data.get("node_type")),
        graph_features=None if graph_features is None else graph_features.ravel(),
        **{name: None if values is None else values[kept] for name, values in carried.items()},
    )


def to_pyg(graph: Graph) -> Any:
    """Write a ``torch_geometric.data.Data`` with the arcs of the graph: both directions of undirected edges.

    Types become codes, datetimes seconds since 1970, sparse features COO tensors. Names and relations stay behind.

    Parameters
    ----------
    graph : Graph

    Returns
    -------
    torch_geometric.data.Data

    Raises
    ------
    ValueError
        Node features that differ between types (Data holds one matrix).
    ImportError
        torch_geometric is not installed.

    Examples
    --------
    >>> to_pyg(Graph([[0], [1]])).edge_index  # doctest: +SKIP
    tensor([[1, 0],
            [0, 1]])
    """
    geometric = _torch_geometric()
    if hasattr(graph.node_features, "items"):
        raise ValueError("The graph has other node features for each type: Data holds a single matrix.")
    import torch

    arcs = graph.arcs
    time = graph.edge_time
    if time is not None and time.dtype.kind == "M":
        time = time.astype("datetime64[us]").astype(np.int64) / 1e6
    per_edge = {
        "edge_attr": graph.edge_features,
        "edge_weight": graph.edge_weight,
        "edge_time": time,
        "edge_type": graph.edge_type,
    }
    written = {name: _tensor(values[arcs.edge]) for name, values in per_edge.items() if values is not None}
    if graph.node_features is not None:
        written["x"] = _tensor(graph.node_features)
    if graph.node_type is not None:
        written["node_type"] = _tensor(graph.node_type)
    if graph.graph_features is not None:
        written["u"] = _tensor(graph.graph_features).reshape(1, -1)
    ends = torch.tensor(np.stack([arcs.source, arcs.target]))
    return geometric.data.Data(edge_index=ends, num_nodes=graph.n_nodes, **written)


def _torch_geometric() -> Any:
    try:
        import torch_geometric
    except ImportError as error:
        raise ImportError(
            "from_pyg and to_pyg need PyTorch Geometric: pip install torch_geometric."
        ) from error
    return torch_geometric


def _array(tensor: Any) -> Any:
    """Return a tensor as an array, a sparse one as a CSR array."""
    if tensor is None:
        return None
    import torch

    tensor = tensor.detach().cpu()
    if tensor.layout == torch.strided:
        return tensor.numpy()
    entries = tensor.to_sparse_coo().coalesce()
    values, (rows, columns) = entries.values().numpy(), entries.indices().numpy()
    return sparse.csr_array((values, (rows, columns)), shape=tuple(entries.shape))


def _tensor(values: Any) -> Any:
    """Return a copy of an array as a tensor, of a sparse one as a COO tensor."""
    import torch

    if not sparse.issparse(values):
        return torch.tensor(values)
    entries = values.tocoo()
    places = torch.tensor(np.stack([entries.row, entries.col]).astype(np.int64))
    numbers = torch.tensor(entries.data)
    # Checked, although known to be right: torch warns where it is not told whether to.
    return torch.sparse_coo_tensor(places, numbers, entries.shape, is_coalesced=True, check_invariants=True)
