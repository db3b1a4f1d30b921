"""How far clusters are from saying which nodes are linked."""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor

from deepstat.layers.graph.edges import Edges
from deepstat.layers.pooling.membership import membership
from deepstat.layers.pooling.sum_readout import sum_readout


def link_prediction_loss(edges: Edges, adjacency: Tensor, overlap: Tensor) -> Tensor:
    """Return ``|A - SS'|_F / n`` of each graph: the root mean square, over pairs of its n nodes, of what is left of A.

    The paper's norm, divided by n so that large graphs do not outweigh the rest of the loss. Computed as
    ``|A|^2 - 2 tr S'AS + |S'S|^2``, without a matrix over pairs; squares below the rounding error count as that error.

    Parameters
    ----------
    edges : Edges
    adjacency, overlap : Tensor of shape (n_graphs, k, k)
        ``S'AS`` and ``S'S``, see :func:`deepstat.layers.pooling.coarsen.coarsen`.

    Returns
    -------
    Tensor of shape (n_graphs,)
        Zero for a graph without nodes.

    References
    ----------
    Ying, You, Morris, Ren, Hamilton and Leskovec (2018), Hierarchical graph representation learning with
    differentiable pooling, NeurIPS, section 3.3.

    Examples
    --------
    >>> pair = Edges(torch.tensor([1, 0]), torch.tensor([0, 1]), n_nodes=2)
    >>> together = torch.tensor([[[2.0]]]), torch.tensor([[[2.0]]])  # S = [[1], [1]], SS' = [[1, 1], [1, 1]]
    >>> link_prediction_loss(pair, *together)
    tensor([0.7071])
    """
    own = _squared_entries(edges, adjacency.dtype)
    square = own - 2 * adjacency.diagonal(dim1=1, dim2=2).sum(1) + overlap.square().sum((1, 2))
    counts = membership(edges, adjacency.dtype).pointers.diff()
    least = torch.finfo(square.dtype).eps * (own.detach() + 1)
    return torch.where(square > least, square, least).sqrt() * (counts > 0) / counts.clamp(min=1)


def _squared_entries(edges: Edges, dtype: torch.dtype) -> Tensor:
    """Return (n_graphs,) sums of the squared entries of A, parallel edges as one entry."""
    target, entry = edges.remember("entries", partial(_entries, edges))
    weight = torch.ones_like(entry, dtype=dtype) if edges.weight is None else edges.weight.to(dtype)
    sums = weight.new_zeros(len(target)).index_add(0, entry, weight)
    by_node = sums.new_zeros(edges.n_nodes).index_add(0, target, sums.square())
    return sum_readout(by_node[:, None], edges)[:, 0]


def _entries(edges: Edges) -> tuple[Tensor, Tensor]:
    """Return the row of each entry of A that is not zero, and which of these entries each edge adds to."""
    pairs, entry = torch.unique(edges.target * edges.n_nodes + edges.source, return_inverse=True)
    return pairs // max(edges.n_nodes, 1), entry
