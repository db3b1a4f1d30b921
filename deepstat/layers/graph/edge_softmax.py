"""Scores of edges as weights that sum to one at each target."""

from __future__ import annotations

import torch
from torch import Tensor

from deepstat.layers.graph.aggregate import aggregate
from deepstat.layers.graph.edges import Edges


def edge_softmax(edges: Edges, scores: Tensor) -> Tensor:
    """Return ``exp(score) / sum exp(score)`` over the incoming edges of each node.

    Parameters
    ----------
    edges : Edges
    scores : Tensor of shape (e,) or (e, h)

    Returns
    -------
    Tensor of the shape of scores

    Examples
    --------
    >>> edges = Edges(torch.tensor([1, 2, 0]), torch.tensor([0, 0, 1]), n_nodes=3)
    >>> edge_softmax(edges, torch.tensor([0.0, 0.0, 7.0]))
    tensor([0.5000, 0.5000, 1.0000])
    """
    columns = scores[:, None] if scores.dim() == 1 else scores
    # Any number near the largest does against overflow, so no gradient flows through it.
    largest = aggregate(edges, columns.detach(), "max").index_select(0, edges.target)
    exponential = torch.exp(columns - largest)
    total = aggregate(edges, exponential).index_select(0, edges.target)
    return (exponential / total).view(scores.shape)
