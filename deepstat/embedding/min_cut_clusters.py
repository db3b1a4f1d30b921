"""Clusters by the relaxed minimum cut."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from torch import Tensor

from deepstat.architectures.check_options import check_positive
from deepstat.architectures.takes_options_of import takes_options_of
from deepstat.data.graph_inputs import GraphInputs
from deepstat.embedding.assignment_network import assign_nodes
from deepstat.layers.graph.edges import Edges
from deepstat.layers.graph.graph_data import GraphData
from deepstat.layers.graph.normalize import normalize
from deepstat.layers.graph.propagate import propagate
from deepstat.layers.pooling.cut_loss import cut_loss
from deepstat.layers.pooling.orthogonality_loss import orthogonality_loss


@dataclass(frozen=True)
class MinCutLoss:
    """``-tr(S'AS) / tr(S'DS) + w | S'S / |S'S| - I / sqrt(k) |``, A the symmetrically normalised adjacency matrix.

    Attributes
    ----------
    orthogonality : float
        w, the weight of clusters that are separate and of like size.

    References
    ----------
    Bianchi, Grattarola and Alippi (2020), Spectral clustering with graph neural networks for graph pooling, ICML.

    Examples
    --------
    >>> import torch
    >>> edges = Edges(torch.tensor([1, 0, 3, 2]), torch.tensor([0, 1, 2, 3]), n_nodes=4)
    >>> halves = torch.tensor([[1.0, 0], [1, 0], [0, 1], [0, 1]])
    >>> round(MinCutLoss(1.0)(edges, halves).item(), 4)
    -1.0
    """

    orthogonality: float

    def __call__(self, edges: Edges, assignment: Tensor) -> Tensor:
        """Return the loss ()."""
        weighted = normalize(edges, "symmetric", dtype=assignment.dtype)
        within = assignment.mT @ propagate(weighted, assignment)
        overlap = assignment.mT @ assignment
        cut = cut_loss(weighted, assignment, within[None])
        return (cut + self.orthogonality * orthogonality_loss(overlap[None])).sum()


@takes_options_of(assign_nodes, dropout=0.0, learning_rate=0.005, max_epochs=500)
def min_cut_clusters(
    data: GraphData,
    inputs: GraphInputs,
    n_clusters: int,
    *,
    orthogonality: float = 1.0,
    **training: Any,
) -> Tensor:
    """Train a graph network to divide the nodes so that few links are cut and clusters are of like size.

    Parameters
    ----------
    data : GraphData
    inputs : GraphInputs
    n_clusters : int
    orthogonality : float, default=1.0
        Weight of clusters that are separate and of like size.
    **training
        Options of :func:`deepstat.embedding.assignment_network.assign_nodes`.

    Returns
    -------
    Tensor of shape (n, n_clusters)
        Shares of each node.

    References
    ----------
    Bianchi, Grattarola and Alippi (2020), Spectral clustering with graph neural networks for graph pooling, ICML.

    Examples
    --------
    >>> import torch
    >>> edges = Edges(torch.tensor([1, 0, 3, 2]), torch.tensor([0, 1, 2, 3]), n_nodes=4)
    >>> data = GraphData(torch.eye(4), edges)
    >>> shares = min_cut_clusters(data, GraphInputs(4), 2, max_epochs=50, n_init=2)
    >>> label = shares.argmax(1).tolist()
    >>> label[0] == label[1], label[2] == label[3], label[0] == label[2]
    (True, True, False)
    """
    check_positive("orthogonality", orthogonality)
    loss = MinCutLoss(float(orthogonality))
    return assign_nodes(data, inputs, n_clusters, loss, **training)
