"""The edges of pooled graphs."""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor

from deepstat.layers.graph.edges import Edges


def cluster_edges(edges: Edges, adjacency: Tensor) -> Edges:
    """Return the edges of graphs whose nodes are k clusters: all pairs, weighted by computed adjacency matrices.

    Operators that use weights (graph convolution) see the pooled graph; those that do not see a complete graph.

    Parameters
    ----------
    edges : Edges
        Of the batch of graphs that were pooled.
    adjacency : Tensor of shape (n_graphs, k, k)

    Returns
    -------
    Edges
        Of n_graphs k nodes, k for each graph, also for one without nodes.

    Examples
    --------
    >>> edges = Edges(torch.tensor([1, 0]), torch.tensor([0, 1]), n_nodes=2)
    >>> pooled = cluster_edges(edges, torch.tensor([[[4.0, 1.0], [2.0, 3.0]]]))
    >>> pooled.source, pooled.target, pooled.weight
    (tensor([0, 1, 0, 1]), tensor([0, 0, 1, 1]), tensor([4., 1., 2., 3.]))
    """
    k = adjacency.shape[-1]
    pattern = edges.remember(("clusters", k), partial(_all_pairs, edges.n_graphs, k, edges.source.device))
    return pattern.with_weight(adjacency.reshape(-1))


def _all_pairs(n_graphs: int, k: int, device: torch.device) -> Edges:
    nodes = torch.arange(n_graphs * k, device=device)
    source = nodes.view(n_graphs, 1, k).expand(-1, k, -1).reshape(-1)
    graphs = torch.arange(n_graphs, device=device).repeat_interleave(k)
    return Edges(source, nodes.repeat_interleave(k), len(nodes), node_graph=graphs, n_graphs=n_graphs)
