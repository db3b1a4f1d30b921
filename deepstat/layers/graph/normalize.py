"""Weights by degrees."""

from __future__ import annotations

from functools import partial

import torch

from deepstat.layers.graph.degree import degree
from deepstat.layers.graph.edges import Edges

NORMALIZATIONS = ("symmetric", "random_walk", "none")


def normalize(edges: Edges, kind: str = "symmetric", *, dtype: torch.dtype | None = None) -> Edges:
    """Return the edges with weights divided by degrees.

    "symmetric": ``w_ij / sqrt(d_i d_j)`` with d the weighted in-degree (Kipf and Welling 2017); "random_walk":
    ``w_ij / d_i``, a mean over neighbours; "none": as they are. A node of degree zero gets and gives nothing.

    Parameters
    ----------
    edges : Edges
    kind : {"symmetric", "random_walk", "none"}
    dtype : torch.dtype or None
        Of the weights; None: as in :func:`deepstat.layers.graph.degree.degree`.

    Examples
    --------
    >>> edges = Edges(torch.tensor([1, 2, 0]), torch.tensor([0, 0, 1]), n_nodes=3)
    >>> normalize(edges, "random_walk").weight
    tensor([0.5000, 0.5000, 1.0000])
    """
    if kind not in NORMALIZATIONS:
        raise ValueError(f"kind={kind!r} is unknown: use one of {', '.join(map(repr, NORMALIZATIONS))}.")
    if kind == "none":
        return edges
    key = "normalized", kind, dtype
    return edges.derive(key, partial(_divided, edges, kind, dtype))


def _divided(edges: Edges, kind: str, dtype: torch.dtype | None) -> Edges:
    total = degree(edges, dtype)
    # Before the root and the reciprocal, whose gradients at zero are infinite.
    total = torch.where(total > 0, total, torch.inf)
    if kind == "random_walk":
        factor = total.reciprocal().index_select(0, edges.target)
    else:
        root = total.rsqrt()
        factor = root.index_select(0, edges.target) * root.index_select(0, edges.source)
    weight = factor if edges.weight is None else edges.weight.to(total.dtype) * factor
    return edges.with_weight(weight, constant=edges.is_constant)
