"""Edges from each node to itself."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import torch
from torch import Tensor

from deepstat.layers.graph.edges import Edges


def with_self_loops(edges: Edges, weight: float = 1.0) -> Edges:
    """Return the edges and one more from each node to itself, of the given weight; those that are there stay.

    Features of the new edges are zero, and their type is one of their own (the last).

    Parameters
    ----------
    edges : Edges
    weight : float, default=1.0

    Examples
    --------
    >>> loops = with_self_loops(Edges(torch.tensor([1]), torch.tensor([0]), n_nodes=2))
    >>> loops.source, loops.target
    (tensor([0, 1, 1]), tensor([0, 0, 1]))
    """
    order, loops = edges.remember("loops", partial(_with_self_loops, edges))
    if edges.degree is not None:
        loops = replace(loops, degree=edges.degree + weight)
    if edges.weight is None and weight == 1.0:
        return loops
    return edges.derive(("loops", weight), partial(_weighted, edges, weight, order, loops))


def _weighted(edges: Edges, weight: float, order: Tensor, loops: Edges) -> Edges:
    own = edges.source.new_ones(len(edges), dtype=torch.float64) if edges.weight is None else edges.weight
    whole = torch.cat([own, own.new_full((edges.n_rows,), weight)]).index_select(0, order)
    return loops.with_weight(whole, constant=edges.is_constant)


def _with_self_loops(edges: Edges) -> tuple[Tensor, Edges]:
    nodes = torch.arange(edges.n_rows, device=edges.source.device)
    source, target = torch.cat([edges.source, nodes]), torch.cat([edges.target, nodes])
    order = torch.argsort(target * edges.n_nodes + source, stable=True)
    features = edges.features
    if features is not None:
        none = features.new_zeros(edges.n_rows, features.shape[1])
        features = torch.cat([features, none])[order]
    kind, n_types = edges.type, edges.n_types
    if kind is not None:
        kind, n_types = torch.cat([kind, kind.new_full((edges.n_rows,), n_types)])[order], n_types + 1
    return order, Edges(
        source[order],
        target[order],
        edges.n_nodes,
        features=features,
        type=kind,
        n_types=n_types,
        node_graph=edges.node_graph,
        n_graphs=edges.n_graphs,
        n_targets=edges.n_targets,
    )
