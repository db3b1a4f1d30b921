"""The sum over neighbours."""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor

from deepstat.layers.graph.edges import Edges


def propagate(edges: Edges, x: Tensor, values: Tensor | None = None) -> Tensor:
    """Return for each node the sum over its incoming edges of value times x of the source: ``A x``.

    Parameters
    ----------
    edges : Edges
    x : Tensor of shape (n, d), or (n, h, d) with heads
    values : Tensor of shape (e,) or (e, h), or None
        None: the weights of the edges, or ones.

    Returns
    -------
    Tensor of the shape of x

    Examples
    --------
    >>> edges = Edges(torch.tensor([1, 2]), torch.tensor([0, 0]), n_nodes=3)
    >>> propagate(edges, torch.tensor([[1.0], [2.0], [4.0]])).flatten()
    tensor([6., 0., 0.])
    """
    values = edges.weight if values is None else values
    if values is None:
        values = edges.remember(("ones", x.dtype), partial(_ones, edges, x.dtype))
    return edges.matrix.matmul(x, values.to(x.dtype))


def _ones(edges: Edges, dtype: torch.dtype) -> Tensor:
    return torch.ones(len(edges), dtype=dtype, device=edges.source.device)
