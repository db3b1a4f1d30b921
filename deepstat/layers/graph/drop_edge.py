"""Edges left out at random in training."""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor, nn

from deepstat.layers.graph.edges import Edges
from deepstat.layers.graph.node_dropout import NodeDropout


class DropEdge(nn.Module):
    """Give edges the weight zero with probability p, in training only.

    The other weights stay as they are, not divided by 1 - p: an operator that normalises by degrees or shares does so
    over the edges that are left, as Rong et al. do. Put it before self-loops are added, which operators do themselves.
    Both directions of an edge go together: arcs between the same two nodes are one edge, unless `pairs` says otherwise.

    Parameters
    ----------
    p : float, default=0.5
        Probability of dropping an edge, 0 <= p < 1.
    together : bool, default=True
        Whether arcs between the same two nodes are one edge; False: each arc is dropped by itself.

    References
    ----------
    Rong, Huang, Xu and Huang (2020), DropEdge: Towards deep graph convolutional networks on node classification,
    ICLR.

    Examples
    --------
    >>> edges = Edges(torch.arange(1, 9), torch.arange(8), n_nodes=9)
    >>> sorted(set(DropEdge(0.5)(edges).weight.tolist()))
    [0.0, 1.0]
    >>> DropEdge(0.5).eval()(edges) is edges
    True
    """

    def __init__(self, p: float = 0.5, *, together: bool = True) -> None:
        super().__init__()
        self.dropout, self.together = NodeDropout(p), together

    def forward(self, edges: Edges, pairs: Tensor | None = None) -> Edges:
        """Return the edges with weights (e,).

        Parameters
        ----------
        edges : Edges
        pairs : Tensor of int64, shape (e,), or None
            Number of the edge that each arc is a direction of, 0 to e - 1; None: as `together` says.
        """
        if not self.training:
            return edges
        dtype = torch.get_default_dtype() if edges.weight is None else edges.weight.dtype
        ones = torch.ones(len(edges), dtype=dtype, device=edges.source.device)
        kept = (self.dropout(ones) > 0).to(dtype)
        if pairs is None and self.together:
            pairs = edges.remember("pairs", partial(_pairs, edges))
        kept = kept if pairs is None else kept.index_select(0, pairs)
        return edges.with_weight(kept if edges.weight is None else edges.weight * kept)


def _pairs(edges: Edges) -> Tensor:
    """Return for each arc the number of its unordered pair of nodes."""
    low, high = torch.minimum(edges.source, edges.target), torch.maximum(edges.source, edges.target)
    return torch.unique(low * edges.n_nodes + high, return_inverse=True)[1]
