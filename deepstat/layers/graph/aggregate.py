"""Messages on edges, brought together at their targets."""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor

from deepstat.layers.graph.edges import Edges
from deepstat.layers.graph.sparse_matrix import SparseMatrix

AGGREGATIONS = ("sum", "mean", "max", "min")


def aggregate(edges: Edges, messages: Tensor, how: str = "sum") -> Tensor:
    """Return for each node the sum, mean, largest or smallest entries of the messages on its incoming edges.

    Parameters
    ----------
    edges : Edges
    messages : Tensor of shape (e, d)
    how : {"sum", "mean", "max", "min"}, default="sum"

    Returns
    -------
    Tensor of shape (n, d)
        Zeros where no edge arrives.

    Examples
    --------
    >>> edges = Edges(torch.tensor([1, 2, 0]), torch.tensor([0, 0, 1]), n_nodes=3)
    >>> aggregate(edges, torch.tensor([[1.0], [3.0], [5.0]]), "mean").flatten()
    tensor([2., 5., 0.])
    """
    if how not in AGGREGATIONS:
        raise ValueError(f"how={how!r} is unknown: use one of {', '.join(map(repr, AGGREGATIONS))}.")
    if how in ("max", "min"):
        place = edges.target[:, None].expand(-1, messages.shape[1])
        empty = messages.new_zeros(edges.n_rows, messages.shape[1])
        return empty.scatter_reduce(0, place, messages, f"a{how}", include_self=False)
    incidence = edges.remember(("incidence", messages.dtype), partial(_incidence, edges, messages.dtype))
    total: Tensor = incidence.matmul(messages)
    if how == "sum":
        return total
    counts = edges.matrix.pointers.diff().clamp(min=1)
    return total / counts.to(messages.dtype)[:, None]


def _incidence(edges: Edges, dtype: torch.dtype) -> SparseMatrix:
    """Return the matrix (n, e) of which edge arrives where."""
    positions = torch.arange(len(edges), device=edges.source.device)
    ones = torch.ones(len(edges), dtype=dtype, device=edges.source.device)
    return SparseMatrix.from_entries(edges.target, positions, ones, (edges.n_rows, len(edges)))
