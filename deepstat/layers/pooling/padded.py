"""Nodes of a batch of graphs as one block of rows a graph."""

from __future__ import annotations

from functools import partial

import numpy as np
import torch
from torch import Tensor

from deepstat.layers.graph.edges import Edges


def padded(x: Tensor, edges: Edges) -> tuple[Tensor, Tensor]:
    """Return x with one block a graph, as long as the largest graph, and where its rows are nodes.

    Parameters
    ----------
    x : Tensor of shape (n, d)
    edges : Edges

    Returns
    -------
    blocks : Tensor of shape (n_graphs, m, d)
        Zeros below the nodes of a smaller graph.
    mask : Tensor of bool, shape (n_graphs, m)

    Examples
    --------
    >>> batch = Edges(torch.tensor([1]), torch.tensor([0]), 3, node_graph=torch.tensor([0, 0, 1]), n_graphs=2)
    >>> padded(torch.tensor([[1.0], [2.0], [4.0]]), batch)[0].squeeze(2)
    tensor([[1., 2.],
            [4., 0.]])
    """
    nodes, mask = edges.remember("padding", partial(_padding, edges))
    rows = torch.cat([x, x.new_zeros(1, x.shape[1])])  # the last one is what padding takes
    return rows.index_select(0, nodes).view(*mask.shape, x.shape[1]), mask


def _padding(edges: Edges) -> tuple[Tensor, Tensor]:
    """Return the node of each row of the blocks (n_graphs m,), n where there is none, and the mask."""
    counts = np.array([edges.n_nodes])
    if edges.node_graph is not None:
        counts = np.bincount(edges.node_graph.cpu().numpy(), minlength=edges.n_graphs)
    mask = np.arange(counts.max(initial=0)) < counts[:, None]
    nodes = np.full(mask.shape, edges.n_nodes)
    nodes[mask] = np.arange(edges.n_nodes)
    device = edges.source.device
    return torch.as_tensor(nodes.ravel(), device=device), torch.as_tensor(mask, device=device)
