"""A graph of clusters of nodes."""

from __future__ import annotations

import torch
from torch import Tensor

from deepstat.layers.graph.edges import Edges
from deepstat.layers.graph.propagate import propagate
from deepstat.layers.pooling.padded import padded


def coarsen(x: Tensor, edges: Edges, assignment: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return ``S'X``, ``S'AS`` and ``S'S`` of each graph of a batch, S the assignment of its nodes to k clusters.

    With a hard assignment: the sum of x over each cluster, the weight of the edges that run from cluster to cluster
    (row: target), and the sizes of the clusters on a diagonal. A is never made dense: one sparse product, and one
    batched product of the blocks [S, AS, X], do.

    Parameters
    ----------
    x : Tensor of shape (n, d)
    edges : Edges
    assignment : Tensor of shape (n, k)

    Returns
    -------
    features : Tensor of shape (n_graphs, k, d)
    adjacency, overlap : Tensor of shape (n_graphs, k, k)

    Examples
    --------
    >>> edges = Edges(torch.tensor([1, 0, 2, 1]), torch.tensor([0, 1, 1, 2]), n_nodes=3)
    >>> hard = torch.tensor([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    >>> features, adjacency, overlap = coarsen(torch.tensor([[1.0], [2.0], [4.0]]), edges, hard)
    >>> features.flatten(), adjacency[0]
    (tensor([3., 4.]), tensor([[2., 1.],
            [1., 0.]]))
    """
    k = assignment.shape[1]
    received = propagate(edges, assignment)
    blocks, _ = padded(torch.cat([assignment, received, x], 1), edges)
    overlap, adjacency, features = (blocks[..., :k].mT @ blocks).split([k, k, x.shape[1]], dim=2)
    return features, adjacency, overlap
