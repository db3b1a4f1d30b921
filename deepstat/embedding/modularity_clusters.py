"""Clusters by the relaxed modularity: deep modularity networks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from deepstat.architectures.check_options import check_positive
from deepstat.architectures.takes_options_of import takes_options_of
from deepstat.data.graph_inputs import GraphInputs
from deepstat.embedding.assignment_network import assign_nodes
from deepstat.layers.graph.degree import degree
from deepstat.layers.graph.edges import Edges
from deepstat.layers.graph.graph_data import GraphData
from deepstat.layers.graph.propagate import propagate


@dataclass(frozen=True)
class ModularityLoss:
    r"""Minus the modularity of shares S, and how far the clusters are from being of one size.

    .. math:: -\frac{1}{2m} \operatorname{tr} S^\top \Bigl(A - \gamma \frac{d d^\top}{2m}\Bigr) S
       + w \Bigl(\frac{\sqrt{k}}{n} \Bigl\| \sum_i S_i \Bigr\| - 1 \Bigr)

    with d the degrees, 2m their sum, k clusters. For a hard division of a graph without self-loops the first part is
    minus :func:`deepstat.graph.communities.modularity`.

    Attributes
    ----------
    collapse : float
        w, against all nodes in one cluster.
    resolution : float
        Above one favours small clusters.

    References
    ----------
    Tsitsulin, Palowitch, Perozzi and Müller (2020), Graph clustering with graph neural networks, arXiv:2006.16904.

    Examples
    --------
    >>> edges = Edges(torch.tensor([1, 0, 3, 2]), torch.tensor([0, 1, 2, 3]), n_nodes=4)
    >>> halves = torch.tensor([[1.0, 0], [1, 0], [0, 1], [0, 1]])
    >>> round(ModularityLoss(1.0, 1.0)(edges, halves).item(), 4)
    -0.5
    """

    collapse: float
    resolution: float

    def __call__(self, edges: Edges, assignment: Tensor) -> Tensor:
        """Return the loss ()."""
        n, k = assignment.shape
        degrees = degree(edges, assignment.dtype)
        total = degrees.sum().clamp(min=torch.finfo(assignment.dtype).tiny)
        within = (assignment * propagate(edges, assignment)).sum() / total
        by_chance = (degrees @ assignment / total).square().sum()
        collapsed = k**0.5 / n * torch.linalg.vector_norm(assignment.sum(0)) - 1
        return self.resolution * by_chance - within + self.collapse * collapsed


@takes_options_of(assign_nodes, dropout=0.5, learning_rate=0.001, max_epochs=1000)
def modularity_clusters(
    data: GraphData,
    inputs: GraphInputs,
    n_clusters: int,
    *,
    collapse: float = 1.0,
    resolution: float = 1.0,
    **training: Any,
) -> Tensor:
    """Train a graph network to divide the nodes with high modularity (DMoN); settings as in the paper.

    Parameters
    ----------
    data : GraphData
        Of an undirected graph.
    inputs : GraphInputs
    n_clusters : int
        At most: some may stay empty.
    collapse : float, default=1.0
        Weight of what keeps all nodes from one cluster.
    resolution : float, default=1.0
        Above one favours small clusters.
    **training
        Options of :func:`deepstat.embedding.assignment_network.assign_nodes`.

    Returns
    -------
    Tensor of shape (n, n_clusters)
        Shares of each node.

    References
    ----------
    Tsitsulin, Palowitch, Perozzi and Müller (2020), Graph clustering with graph neural networks, arXiv:2006.16904.

    Examples
    --------
    >>> edges = Edges(torch.tensor([1, 0, 3, 2]), torch.tensor([0, 1, 2, 3]), n_nodes=4)
    >>> data = GraphData(torch.eye(4), edges)
    >>> shares = modularity_clusters(data, GraphInputs(4), 2, max_epochs=100, learning_rate=0.01, n_init=2)
    >>> label = shares.argmax(1).tolist()
    >>> label[0] == label[1], label[2] == label[3], label[0] == label[2]
    (True, True, False)
    """
    for name, value in (("collapse", collapse), ("resolution", resolution)):
        check_positive(name, value)
    loss = ModularityLoss(float(collapse), float(resolution))
    return assign_nodes(data, inputs, n_clusters, loss, **training)
