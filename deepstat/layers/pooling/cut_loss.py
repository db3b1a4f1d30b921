"""How many edges clusters cut."""

from __future__ import annotations

import torch
from torch import Tensor

from deepstat.layers.graph.degree import degree
from deepstat.layers.graph.edges import Edges
from deepstat.layers.pooling.sum_readout import sum_readout


def cut_loss(edges: Edges, assignment: Tensor, adjacency: Tensor) -> Tensor:
    """Return ``-tr(S'AS) / tr(S'DS)`` of each graph, D the weighted degrees: between -1 and 0.

    For a hard assignment one plus this is the share of the weight of all edges that runs between clusters; for clusters
    of equal volume that is the mean over clusters of cut / volume, the normalised cut.

    Parameters
    ----------
    edges : Edges
    assignment : Tensor of shape (n, k)
        S.
    adjacency : Tensor of shape (n_graphs, k, k)
        ``S'AS``, see :func:`deepstat.layers.pooling.coarsen.coarsen`.

    Returns
    -------
    Tensor of shape (n_graphs,)
        Zero for a graph without edges.

    References
    ----------
    Bianchi, Grattarola and Alippi (2020), Spectral clustering with graph neural networks for graph pooling, ICML,
    equation 9. Shi and Malik (2000), Normalized cuts and image segmentation.

    Examples
    --------
    >>> pair = Edges(torch.tensor([1, 0]), torch.tensor([0, 1]), n_nodes=2)
    >>> cut_loss(pair, torch.ones(2, 1), torch.tensor([[[2.0]]]))
    tensor([-1.])
    """
    by_node = degree(edges, assignment.dtype) * assignment.square().sum(1)
    total = sum_readout(by_node[:, None], edges)[:, 0]
    return -adjacency.diagonal(dim1=1, dim2=2).sum(1) / torch.where(total > 0, total, 1.0)
