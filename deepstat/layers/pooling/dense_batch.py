"""A batch of graphs as dense matrices."""

from __future__ import annotations

import torch
from torch import Tensor

from deepstat.layers.graph.edges import Edges
from deepstat.layers.pooling.membership import membership
from deepstat.layers.pooling.padded import padded


def dense_batch(x: Tensor, edges: Edges) -> tuple[Tensor, Tensor, Tensor]:
    """Return the features and adjacency matrices of a batch of graphs, padded with zeros to its largest graph.

    For methods that see all pairs of nodes. It takes ``n_graphs m^2`` numbers, and as many for each member whose
    weights differ; the pooling layers of this package do without.

    Parameters
    ----------
    x : Tensor of shape (n, d)
    edges : Edges

    Returns
    -------
    features : Tensor of shape (n_graphs, m, d)
    adjacency : Tensor of shape (n_graphs, m, m)
        Row i holds what node i receives; parallel edges add up.
    mask : Tensor of bool, shape (n_graphs, m)
        True at nodes.

    Examples
    --------
    >>> batch = Edges(torch.tensor([1]), torch.tensor([0]), 3, node_graph=torch.tensor([0, 0, 1]), n_graphs=2)
    >>> features, adjacency, mask = dense_batch(torch.ones(3, 1), batch)
    >>> adjacency[0], mask
    (tensor([[0., 1.],
            [0., 0.]]), tensor([[ True,  True],
            [ True, False]]))
    """
    features, mask = padded(x, edges)
    n_graphs, m = mask.shape
    pattern = membership(edges, x.dtype)
    graphs = pattern.rows.long()
    within = torch.arange(edges.n_nodes, device=graphs.device) - pattern.pointers.index_select(0, graphs)
    row = (graphs * m + within).index_select(0, edges.target)
    place = row * m + within.index_select(0, edges.source)
    weight = x.new_ones(len(edges)) if edges.weight is None else edges.weight.to(x.dtype)
    flat = weight.new_zeros(n_graphs * m * m).index_add(0, place, weight)
    return features, flat.view(n_graphs, m, m), mask
