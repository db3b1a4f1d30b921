"""A graph network that divides nodes into clusters by a loss of the division."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from deepstat.architectures.check_options import check_count, check_dropout
from deepstat.data.graph_inputs import GraphInputs
from deepstat.embedding.train_on_graph import train_on_graph
from deepstat.layers.dropout import Dropout
from deepstat.layers.graph.edges import Edges
from deepstat.layers.graph.graph_data import GraphData
from deepstat.layers.graph.node_linear import NodeLinear
from deepstat.layers.graph.normalize import normalize
from deepstat.layers.graph.propagate import propagate
from deepstat.layers.graph.typed_features import TypeEncoder
from deepstat.training.seed import mix

TYPE_WIDTH = 64


class AssignmentNetwork(nn.Module):
    """``S = softmax(SELU(D^(-1/2) A D^(-1/2) X W + X W_self + b) V + c)``, a row of shares for each node.

    Parameters
    ----------
    inputs : GraphInputs
    data : GraphData
    n_clusters : int
    loss : callable
        ``loss(edges, assignment) -> ()`` of the graph's edges and S.
    hidden_size : int
    dropout : float
        Of the hidden layer.

    References
    ----------
    Tsitsulin, Palowitch, Perozzi and Müller (2023), Graph clustering with graph neural networks, JMLR 24, whose
    network it is.

    Examples
    --------
    >>> data = GraphData(torch.eye(2), Edges(torch.tensor([1, 0]), torch.tensor([0, 1]), n_nodes=2))
    >>> loss = lambda edges, assignment: assignment.square().mean()
    >>> AssignmentNetwork(GraphInputs(2), data, 3, loss, hidden_size=4, dropout=0.0).assign().shape
    torch.Size([2, 3])
    """

    def __init__(
        self,
        inputs: GraphInputs,
        data: GraphData,
        n_clusters: int,
        loss: Callable[[Edges, Tensor], Tensor],
        *,
        hidden_size: int,
        dropout: float,
    ) -> None:
        super().__init__()
        check_count("hidden_size", hidden_size)
        check_dropout("dropout", dropout)
        typed = bool(inputs.type_widths)
        width = TYPE_WIDTH if typed else inputs.n_features
        self.typed = TypeEncoder(inputs.type_widths, TYPE_WIDTH) if typed else nn.Identity()
        self.neighbours = NodeLinear(width, hidden_size, bias=False)
        self.own = NodeLinear(width, hidden_size)
        self.activation = nn.SELU()
        self.dropout = Dropout(dropout) if dropout else nn.Identity()
        self.clusters = NodeLinear(hidden_size, n_clusters)
        self.data, self.loss = data, loss

    def assign(self) -> Tensor:
        """Return S (n, n_clusters)."""
        x = self.typed(self.data.features)
        hidden = self.neighbours(x)
        edges = normalize(self.data.edges, "symmetric", dtype=hidden.dtype)
        hidden = self.activation(propagate(edges, hidden) + self.own(x))
        return self.clusters(self.dropout(hidden)).softmax(1)

    def forward(self, x: Tensor) -> Tensor:
        """Return the loss (1, 1), whatever x is."""
        return self.loss(self.data.edges, self.assign()).view(1, 1)


def assign_nodes(
    data: GraphData,
    inputs: GraphInputs,
    n_clusters: int,
    loss: Callable[[Edges, Tensor], Tensor],
    *,
    dropout: float,
    learning_rate: float,
    max_epochs: int,
    hidden_size: int = 64,
    n_init: int = 5,
    random_state: int = 0,
    dtype: torch.dtype = torch.float32,
    verbose: int = 0,
) -> Tensor:
    """Train `n_init` networks as one population and return S (n, n_clusters) of the one with the least loss.

    Parameters
    ----------
    data, inputs, n_clusters, loss
        See :class:`AssignmentNetwork`; `loss` tells, by equality, which networks have the same.
    dropout : float
        Of the hidden layer.
    learning_rate : float
        Of Adam.
    max_epochs : int
    hidden_size : int, default=64
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

    Examples
    --------
    >>> data = GraphData(torch.eye(2), Edges(torch.tensor([1, 0]), torch.tensor([0, 1]), n_nodes=2))
    >>> loss = lambda edges, assignment: assignment[:, 1].mean()
    >>> options = {"hidden_size": 4, "dropout": 0.0, "learning_rate": 0.1, "max_epochs": 20, "n_init": 2}
    >>> assign_nodes(data, GraphInputs(2), 2, loss, **options).argmax(1)
    tensor([0, 0])
    """
    check_count("n_init", n_init)

    def build() -> nn.Module:
        return AssignmentNetwork(inputs, data, n_clusters, loss, hidden_size=hidden_size, dropout=dropout)

    recipe: Any = ("assignment", loss, data, n_clusters, hidden_size, dropout > 0)
    networks = train_on_graph(
        build,
        data.edges,
        dtype,
        recipe=recipe,
        seeds=[mix(random_state, start) for start in range(n_init)],
        learning_rate=learning_rate,
        max_epochs=max_epochs,
        verbose=verbose,
    )
    with torch.no_grad():
        found = [network.assign() for network in networks]  # type: ignore[operator]
        losses = torch.stack([loss(data.edges, own) for own in found])
    return found[int(losses.nan_to_num(torch.inf).argmin())]
