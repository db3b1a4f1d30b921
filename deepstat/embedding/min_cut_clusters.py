"""Clusters by the relaxed minimum cut."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from deepstat.architectures.check_options import check_positive
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


def min_cut_clusters(
    data: GraphData,
    inputs: GraphInputs,
    n_clusters: int,
    *,
    orthogonality: float = 1.0,
    hidden_size: int = 64,
    dropout: float = 0.0,
    learning_rate: float = 0.005,
    max_epochs: int = 500,
    n_init: int = 5,
    random_state: int = 0,
    dtype: torch.dtype = torch.float32,
    verbose: int = 0,
) -> Tensor:
    """Train a graph network to divide the nodes so that few links are cut and clusters are of like size.

    Parameters
    ----------
    data : GraphData
    inputs : GraphInputs
    n_clusters : int
    orthogonality : float, default=1.0
        Weight of clusters that are separate and of like size.
    hidden_size : int, default=64
    dropout : float, default=0.0
        Of the hidden layer.
    learning_rate : float, default=0.005
    max_epochs : int, default=500
    n_init : int, default=5
        Networks trained, as one population; the one with the least loss is taken.
    random_state : int
    dtype : torch.dtype
        That of the features.
    verbose : int

    Returns
    -------
    Tensor of shape (n, n_clusters)
        Shares of each node.

    References
    ----------
    Bianchi, Grattarola and Alippi (2020), Spectral clustering with graph neural networks for graph pooling, ICML.

    Examples
    --------
    >>> edges = Edges(torch.tensor([1, 0, 3, 2]), torch.tensor([0, 1, 2, 3]), n_nodes=4)
    >>> data = GraphData(torch.eye(4), edges)
    >>> shares = min_cut_clusters(data, GraphInputs(4), 2, max_epochs=50, n_init=2)
    >>> label = shares.argmax(1).tolist()
    >>> label[0] == label[1], label[2] == label[3], label[0] == label[2]
    (True, True, False)
    """
    check_positive("orthogonality", orthogonality)
    return assign_nodes(
        data,
        inputs,
        n_clusters,
        MinCutLoss(float(orthogonality)),
        hidden_size=hidden_size,
        dropout=dropout,
        learning_rate=learning_rate,
        max_epochs=max_epochs,
        n_init=n_init,
        random_state=random_state,
        dtype=dtype,
        verbose=verbose,
    )
