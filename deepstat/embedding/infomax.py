"""Deep Graph Infomax."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from deepstat.architectures.check_options import check_count
from deepstat.data.graph_inputs import GraphInputs
from deepstat.embedding.counter_words import CounterWords
from deepstat.embedding.train_on_graph import train_on_graph
from deepstat.layers.graph.edges import Edges
from deepstat.layers.graph.graph_data import GraphData
from deepstat.layers.graph.node_linear import NodeLinear
from deepstat.layers.graph.normalize import normalize
from deepstat.layers.graph.propagate import propagate
from deepstat.layers.graph.typed_features import TypeEncoder
from deepstat.layers.graph.with_self_loops import with_self_loops

TYPE_WIDTH = 64


class ConvolutionEncoder(nn.Module):
    """``PReLU(D^(-1/2) (A + I) D^(-1/2) X W + b)``, in two steps, so that X W can be shuffled in between.

    Parameters
    ----------
    inputs : GraphInputs
    n_components : int

    Examples
    --------
    >>> edges = Edges(torch.tensor([1, 0]), torch.tensor([0, 1]), n_nodes=2)
    >>> ConvolutionEncoder(GraphInputs(3), 4)(torch.eye(2, 3), edges).shape
    torch.Size([2, 4])
    """

    def __init__(self, inputs: GraphInputs, n_components: int) -> None:
        super().__init__()
        typed = bool(inputs.type_widths)
        self.typed = TypeEncoder(inputs.type_widths, TYPE_WIDTH) if typed else nn.Identity()
        self.linear = NodeLinear(TYPE_WIDTH if typed else inputs.n_features, n_components, bias=False)
        self.bias = nn.Parameter(torch.zeros(n_components))
        self.activation = nn.PReLU()

    def spread(self, hidden: Tensor, edges: Edges) -> Tensor:
        """Return (n, d) of the features times the weights (n, d)."""
        edges = normalize(with_self_loops(edges), "symmetric", dtype=hidden.dtype)
        return self.activation(propagate(edges, hidden) + self.bias)

    def forward(self, features: Tensor, edges: Edges) -> Tensor:
        """Return (n, n_components)."""
        return self.spread(self.linear(self.typed(features)), edges)


class Infomax(nn.Module):
    r"""An encoder, and the loss of a judge who is to tell nodes of the graph from those of a corrupted one.

    The graph is corrupted by handing the features to other nodes. The judge sees a node's vector h and a summary
    :math:`s = \sigma(\text{mean of } h)` of the graph, and says :math:`\sigma(h^\top W s)`.

    Parameters
    ----------
    encoder : ConvolutionEncoder
    data : GraphData

    Examples
    --------
    >>> data = GraphData(torch.eye(2, 3), Edges(torch.tensor([1, 0]), torch.tensor([0, 1]), n_nodes=2))
    >>> Infomax(ConvolutionEncoder(GraphInputs(3), 4), data)(torch.zeros(1, 1)).shape
    torch.Size([1, 1])
    """

    def __init__(self, encoder: ConvolutionEncoder, data: GraphData) -> None:
        super().__init__()
        self.encoder, self.data = encoder, data
        width = encoder.bias.numel()
        self.judge = nn.Linear(width, width, bias=False)
        nn.init.xavier_uniform_(self.judge.weight)
        self.words = CounterWords()

    def forward(self, x: Tensor) -> Tensor:
        """Return the loss (1, 1), whatever x is."""
        edges = self.data.edges
        hidden = self.encoder.linear(self.encoder.typed(self.data.features))
        # The weights act on each node alone: their products are shuffled instead of the features.
        shuffled = hidden.index_select(0, self.words(edges.n_nodes).argsort())
        real, false = self.encoder.spread(hidden, edges), self.encoder.spread(shuffled, edges)
        direction = self.judge(real.mean(0).sigmoid())
        return (
            functional.softplus(-(real @ direction)).mean() + functional.softplus(false @ direction).mean()
        ).view(1, 1) / 2


def infomax(
    data: GraphData,
    inputs: GraphInputs,
    n_components: int = 512,
    *,
    learning_rate: float = 0.001,
    max_epochs: int = 1000,
    patience: int = 20,
    random_state: int = 0,
    dtype: torch.dtype = torch.float32,
    verbose: int = 0,
) -> nn.Module:
    """Train one graph convolution so that its vectors tell of the graph as a whole; settings as in the paper.

    Parameters
    ----------
    data : GraphData
        Features and edges, on the device.
    inputs : GraphInputs
    n_components : int, default=512
    learning_rate : float, default=0.001
    max_epochs : int, default=1000
    patience : int, default=20
        Epochs in which the loss, under one corruption, may fail to fall.
    random_state : int
    dtype : torch.dtype
        That of the features.
    verbose : int

    Returns
    -------
    ConvolutionEncoder
        ``forward(features, edges) -> (n, n_components)``.

    References
    ----------
    Veličković, Fedus, Hamilton, Liò, Bengio and Hjelm (2019), Deep graph infomax, ICLR.

    Examples
    --------
    >>> data = GraphData(torch.eye(2), Edges(torch.tensor([1, 0]), torch.tensor([0, 1]), n_nodes=2))
    >>> infomax(data, GraphInputs(2), 3, max_epochs=5)(data.features, data.edges).shape
    torch.Size([2, 3])
    """
    check_count("n_components", n_components)
    (network,) = train_on_graph(
        lambda: Infomax(ConvolutionEncoder(inputs, n_components), data),
        data.edges,
        dtype,
        recipe=("infomax", data, n_components),
        seeds=[random_state],
        learning_rate=learning_rate,
        max_epochs=max_epochs,
        patience=patience,
        verbose=verbose,
    )
    return network.encoder  # type: ignore[return-value]
