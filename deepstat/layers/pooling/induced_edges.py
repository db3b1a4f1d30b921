"""The edges among some of the nodes."""

from __future__ import annotations

import torch
from torch import Tensor

from deepstat.layers.graph.edges import Edges


def induced_edges(edges: Edges, kept: Tensor) -> Edges:
    """Return the edges whose both ends are kept, with the kept nodes numbered 0, 1, … in their order.

    How many remain depends on the data, so this runs for one member, not under ``vmap``.

    Parameters
    ----------
    edges : Edges
    kept : Tensor of int64, shape (m,)
        Positions of nodes, ascending.

    Examples
    --------
    >>> edges = Edges(torch.tensor([1, 2, 0]), torch.tensor([0, 0, 1]), n_nodes=3)
    >>> part = induced_edges(edges, torch.tensor([0, 2]))
    >>> part.source, part.target, part.n_nodes
    (tensor([1]), tensor([0]), 2)
    """
    number = kept.new_full((edges.n_nodes,), -1)
    number[kept] = torch.arange(len(kept), device=kept.device)
    source, target = number[edges.source], number[edges.target]
    inside = (source >= 0) & (target >= 0)
    weight, features, kind = edges.weight, edges.features, edges.type
    return Edges(
        source[inside],
        target[inside],
        len(kept),
        weight=None if weight is None else weight[inside],
        features=None if features is None else features[inside],
        type=None if kind is None else kind[inside],
        n_types=edges.n_types,
        node_graph=None if edges.node_graph is None else edges.node_graph[kept],
        n_graphs=edges.n_graphs,
    )
