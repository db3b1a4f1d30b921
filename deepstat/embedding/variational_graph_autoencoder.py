"""Variational graph autoencoder."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from deepstat.architectures.check_options import check_positive
from deepstat.architectures.graphs.gcn import gcn
from deepstat.data.graph_inputs import GraphInputs
from deepstat.embedding.counter_words import CounterWords
from deepstat.embedding.reconstruction import Reconstruction
from deepstat.embedding.train_on_graph import train_on_graph
from deepstat.layers.graph.graph_data import GraphData


class PosteriorMean(nn.Module):
    """A network of 2 d outputs a node, of which the first d are the means and the others logarithms of scales.

    Parameters
    ----------
    network : nn.Module
        ``forward(features, edges) -> (n, 2 d)``.

    Examples
    --------
    >>> PosteriorMean(lambda x, edges: x)(torch.tensor([[1.0, 2.0, 3.0, 4.0]]), None)
    tensor([[1., 2.]])
    """

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, features: Tensor, edges: object) -> Tensor:
        """Return the means (n, d)."""
        return self.network(features, edges).chunk(2, dim=1)[0]


class VariationalGraphAutoencoder(nn.Module):
    r"""A normal distribution for each node, and minus the evidence bound of the links.

    Vectors drawn from the distributions predict the links; to that loss
    :math:`\frac{w}{n} \cdot \frac{1}{n} \sum_i KL(N(\mu_i, \sigma_i^2) \,\|\, N(0, 1))` is added, with w of the
    divergence's weight.

    Parameters
    ----------
    encoder : PosteriorMean
    data : GraphData
    n_negative : int or "auto"
        See :class:`deepstat.embedding.reconstruction.Reconstruction`.
    divergence : float
        w; one is the paper's.

    Examples
    --------
    >>> from deepstat.layers.graph.edges import Edges
    >>> data = GraphData(torch.eye(2), Edges(torch.tensor([1, 0]), torch.tensor([0, 1]), n_nodes=2))
    >>> encoder = PosteriorMean(gcn(GraphInputs(2), 4))
    >>> VariationalGraphAutoencoder(encoder, data, "auto", 1.0)(torch.zeros(1, 1)).shape
    torch.Size([1, 1])
    """

    def __init__(
        self, encoder: PosteriorMean, data: GraphData, n_negative: int | str, divergence: float
    ) -> None:
        super().__init__()
        self.encoder, self.data, self.divergence = encoder, data, divergence
        self.reconstruction = Reconstruction(data.edges.n_nodes, n_negative)
        self.words = CounterWords()

    def forward(self, x: Tensor) -> Tensor:
        """Return the loss (1, 1), whatever x is."""
        edges = self.data.edges
        mean, log_scale = self.encoder.network(self.data.features, edges).chunk(2, dim=1)
        scale = log_scale.exp()
        z = mean + scale * self.words.normal(tuple(mean.shape), mean.dtype)
        kl = (mean.square() + scale.square() - 1).sum() / 2 - log_scale.sum()
        return (self.reconstruction(z, edges) + self.divergence / edges.n_nodes**2 * kl).view(1, 1)


def variational_graph_autoencoder(
    data: GraphData,
    inputs: GraphInputs,
    n_components: int = 16,
    *,
    hidden_layer_sizes: Sequence[int] = (32,),
    dropout: float = 0.0,
    divergence: float = 1.0,
    n_negative: int | str = "auto",
    learning_rate: float = 0.01,
    max_epochs: int = 200,
    random_state: int = 0,
    dtype: torch.dtype = torch.float32,
    verbose: int = 0,
) -> nn.Module:
    """Train a network of normal distributions whose draws' inner products predict the links; defaults as in the paper.

    Parameters
    ----------
    data : GraphData
        Features and edges, on the device.
    inputs : GraphInputs
    n_components : int, default=16
    hidden_layer_sizes : sequence of int, default=(32,)
        Shared by means and scales.
    dropout : float, default=0.0
    divergence : float, default=1.0
        Weight of the Kullback-Leibler divergence from the standard normal distribution.
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
    PosteriorMean
        ``forward(features, edges) -> (n, n_components)``.

    References
    ----------
    Kipf and Welling (2016), Variational graph auto-encoders, NeurIPS workshop on Bayesian deep learning.

    Examples
    --------
    >>> from deepstat.layers.graph.edges import Edges
    >>> data = GraphData(torch.eye(2), Edges(torch.tensor([1, 0]), torch.tensor([0, 1]), n_nodes=2))
    >>> variational_graph_autoencoder(data, GraphInputs(2), 3, max_epochs=5)(data.features, data.edges).shape
    torch.Size([2, 3])
    """
    check_positive("divergence", divergence)
    sizes = tuple(hidden_layer_sizes)

    def build() -> nn.Module:
        encoder = PosteriorMean(gcn(inputs, 2 * n_components, hidden_layer_sizes=sizes, dropout=dropout))
        return VariationalGraphAutoencoder(encoder, data, n_negative, float(divergence))

    (network,) = train_on_graph(
        build,
        data.edges,
        dtype,
        recipe=("variational", data, n_components, sizes, dropout > 0, float(divergence), n_negative),
        seeds=[random_state],
        learning_rate=learning_rate,
        max_epochs=max_epochs,
        verbose=verbose,
    )
    return network.encoder  # type: ignore[return-value]
