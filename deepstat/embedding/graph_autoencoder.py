"""Graph autoencoder."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from deepstat.architectures.graphs.gcn import gcn
from deepstat.data.graph_inputs import GraphInputs
from deepstat.embedding.reconstruction import Reconstruction
from deepstat.embedding.train_on_graph import train_on_graph
from deepstat.layers.graph.graph_data import GraphData


class GraphAutoencoder(nn.Module):
    """An encoder of nodes, and the loss of the links that its vectors predict.

    Parameters
    ----------
    encoder : nn.Module
        ``forward(features, edges) -> (n, d)``.
    data : GraphData
    n_negative : int or "auto"
        See :class:`deepstat.embedding.reconstruction.Reconstruction`.

    Examples
    --------
    >>> from deepstat.layers.graph.edges import Edges
    >>> data = GraphData(torch.eye(2), Edges(torch.tensor([1, 0]), torch.tensor([0, 1]), n_nodes=2))
    >>> GraphAutoencoder(gcn(GraphInputs(2), 1), data, "auto")(torch.zeros(1, 1)).shape
    torch.Size([1, 1])
    """

    def __init__(self, encoder: nn.Module, data: GraphData, n_negative: int | str) -> None:
        super().__init__()
        self.encoder, self.data = encoder, data
        self.reconstruction = Reconstruction(data.edges.n_nodes, n_negative)

    def forward(self, x: Tensor) -> Tensor:
        """Return the loss (1, 1), whatever x is."""
        z = self.encoder(self.data.features, self.data.edges)
        return self.reconstruction(z, self.data.edges).view(1, 1)


def graph_autoencoder(
    data: GraphData,
    inputs: GraphInputs,
    n_components: int = 16,
    *,
    hidden_layer_sizes: Sequence[int] = (32,),
    dropout: float = 0.0,
    n_negative: int | str = "auto",
    learning_rate: float = 0.01,
    max_epochs: int = 200,
    random_state: int = 0,
    dtype: torch.dtype = torch.float32,
    verbose: int = 0,
) -> nn.Module:
    """Train a graph convolutional network whose vectors' inner products predict the links; defaults as in the paper.

    Parameters
    ----------
    data : GraphData
        Features and edges, on the device.
    inputs : GraphInputs
    n_components : int, default=16
    hidden_layer_sizes : sequence of int, default=(32,)
    dropout : float, default=0.0
    n_negative : int or "auto"
        See :class:`deepstat.embedding.reconstruction.Reconstruction`.
    learning_rate : float, default=0.01
    max_epochs : int, default=200
    random_state : int
    dtype : torch.dtype
        That of the features.
    verbose : int

    Returns
    -------
    nn.Module
        The encoder, ``forward(features, edges) -> (n, n_components)``.

    References
    ----------
    Kipf and Welling (2016), Variational graph auto-encoders, NeurIPS workshop on Bayesian deep learning.

    Examples
    --------
    >>> from deepstat.layers.graph.edges import Edges
    >>> data = GraphData(torch.eye(2), Edges(torch.tensor([1, 0]), torch.tensor([0, 1]), n_nodes=2))
    >>> graph_autoencoder(data, GraphInputs(2), 3, max_epochs=5)(data.features, data.edges).shape
    torch.Size([2, 3])
    """
    sizes = tuple(hidden_layer_sizes)

    def build() -> nn.Module:
        encoder = gcn(inputs, n_components, hidden_layer_sizes=sizes, dropout=dropout)
        return GraphAutoencoder(encoder, data, n_negative)

    (network,) = train_on_graph(
        build,
        data.edges,
        dtype,
        recipe=("graph_autoencoder", data, n_components, sizes, dropout > 0, n_negative),
        seeds=[random_state],
        learning_rate=learning_rate,
        max_epochs=max_epochs,
        verbose=verbose,
    )
    return network.encoder  # type: ignore[return-value]
