"""Pooling by a soft assignment that cuts few edges."""

from __future__ import annotations

import torch
from torch import Tensor

from deepstat.errors import unknown
from deepstat.layers.graph.edges import Edges
from deepstat.layers.graph.node_linear import NodeLinear
from deepstat.layers.graph.normalize import NORMALIZATIONS, normalize
from deepstat.layers.pooling.cluster_edges import cluster_edges
from deepstat.layers.pooling.coarsen import coarsen
from deepstat.layers.pooling.cut_loss import cut_loss
from deepstat.layers.pooling.orthogonality_loss import orthogonality_loss
from deepstat.layers.pooling.with_auxiliary_loss import WithAuxiliaryLoss


class MinCut(WithAuxiliaryLoss):
    """``S = softmax(X W + b)``; the pooled graph has k nodes with features ``S'X`` and adjacency matrix ``S'AS``.

    A is the symmetrically normalised adjacency matrix; that of the pooled graph gets a diagonal of zero and is
    normalised likewise. In training `auxiliary_loss` is the mean over graphs of ``-tr(S'AS) / tr(S'DS)`` (the relaxed
    cut) and ``| S'S / |S'S| - I / sqrt(k) |`` (separate clusters of like size), each times its weight.

    Parameters
    ----------
    n_in : int
        X is the output of an operator, so one affine map of it decides.
    n_clusters : int
        k, the same for all graphs, whatever their size.
    normalization : {"symmetric", "random_walk", "none"}, default="symmetric"
        Of A; "none" cuts the weights of the edges as they are.
    cut_weight, orthogonality_weight : float, default=1.0

    References
    ----------
    Bianchi, Grattarola and Alippi (2020), Spectral clustering with graph neural networks for graph pooling, ICML.

    Examples
    --------
    >>> edges = Edges(torch.tensor([1, 0, 2, 1]), torch.tensor([0, 1, 1, 2]), n_nodes=3)
    >>> layer = MinCut(4, 2)
    >>> x, pooled = layer(torch.eye(3, 4), edges)
    >>> x.shape, pooled.n_nodes, layer.auxiliary_loss.shape
    (torch.Size([2, 4]), 2, torch.Size([]))
    """

    def __init__(
        self,
        n_in: int,
        n_clusters: int,
        *,
        normalization: str = "symmetric",
        cut_weight: float = 1.0,
        orthogonality_weight: float = 1.0,
    ) -> None:
        super().__init__()
        if n_clusters < 1:
            raise ValueError(f"n_clusters is {n_clusters!r}; give an integer of at least 1.")
        if normalization not in NORMALIZATIONS:
            raise unknown("normalization", normalization, NORMALIZATIONS)
        self.assign = NodeLinear(n_in, n_clusters)
        self.normalization = normalization
        self.cut_weight, self.orthogonality_weight = cut_weight, orthogonality_weight

    def forward(self, x: Tensor, edges: Edges) -> tuple[Tensor, Edges]:
        """Return the features (n_graphs k, n_in) and the edges, all pairs of each graph, of the pooled graphs."""
        assignment = self.assign(x).softmax(1)
        weighted = normalize(edges, self.normalization, dtype=x.dtype)
        features, adjacency, overlap = coarsen(x, weighted, assignment)
        self.auxiliary_loss = None
        if self.training:
            cut = cut_loss(weighted, assignment, adjacency)
            mixed = orthogonality_loss(overlap)
            self.auxiliary_loss = (self.cut_weight * cut + self.orthogonality_weight * mixed).mean()
        return features.flatten(0, 1), cluster_edges(edges, _normalised(adjacency))


def _normalised(adjacency: Tensor) -> Tensor:
    between = adjacency * (1 - torch.eye(adjacency.shape[-1], dtype=adjacency.dtype, device=adjacency.device))
    total = between.sum(2)
    root = torch.where(total > 0, total, 1.0).rsqrt()  # a row of zeros stays one, and its gradient finite
    return root[:, :, None] * between * root[:, None, :]
