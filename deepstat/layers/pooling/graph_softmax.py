"""Scores of nodes as weights that sum to one in each graph."""

from __future__ import annotations

import torch
from torch import Tensor

from deepstat.layers.graph.edges import Edges
from deepstat.layers.pooling.max_readout import max_readout
from deepstat.layers.pooling.membership import membership
from deepstat.layers.pooling.sum_readout import sum_readout


def graph_softmax(scores: Tensor, edges: Edges) -> Tensor:
    """Return ``exp(score) / sum exp(score)`` over the nodes of each graph.

    Parameters
    ----------
    scores : Tensor of shape (n, h)
    edges : Edges

    Returns
    -------
    Tensor of shape (n, h)

    Examples
    --------
    >>> batch = Edges(torch.tensor([1]), torch.tensor([0]), 3, node_graph=torch.tensor([0, 0, 1]), n_graphs=2)
    >>> graph_softmax(torch.tensor([[0.0], [0.0], [7.0]]), batch).flatten()
    tensor([0.5000, 0.5000, 1.0000])
    """
    graphs = membership(edges, scores.dtype).rows
    # Any number near the largest does against overflow, so no gradient flows through it.
    largest = max_readout(scores.detach(), edges).index_select(0, graphs)
    exponential = torch.exp(scores - largest)
    return exponential / sum_readout(exponential, edges).index_select(0, graphs)
