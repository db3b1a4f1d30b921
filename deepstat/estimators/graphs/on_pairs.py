"""A graph architecture with a decoder of pairs on top and a graph around it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor, nn

from deepstat.data.graph_inputs import GraphInputs
from deepstat.layers.graph.pair_outputs import PairOutputs


@dataclass(frozen=True)
class OnPairs:
    """A recipe whose networks read pairs of ids. Equal ones make networks that train as one population.

    Attributes
    ----------
    recipe : callable
        Of a graph network, ``forward(features, edges) -> (n, embedding_dim)``.
    embedding_dim : int
    decoder : callable
        ``decoder(n_in, n_outputs, symmetric=..., n_features=..., **options)``.
    options : mapping
    described : tuple
        The options as something that can be compared.
    symmetric : bool
    reads_features : bool
        Whether the decoder may see what edges carry.
    data : GraphData or None
    edge_weight : Tensor of shape (e,) or None
        Weights of the arcs that are this network's own.
    """

    recipe: Callable[..., nn.Module]
    embedding_dim: int
    decoder: Callable[..., nn.Module]
    options: Mapping[str, Any] = field(compare=False)
    described: tuple[Any, ...]
    symmetric: bool
    reads_features: bool
    data: Any
    edge_weight: Tensor | None = field(default=None, compare=False, repr=False)

    def __call__(self, inputs: GraphInputs, n_outputs: int, **options: Any) -> nn.Module:
        """Build the network."""
        network = self.recipe(inputs, self.embedding_dim, **options)
        reads = self.reads_features and getattr(self.decoder, "reads_features", True)
        n_features = inputs.n_edge_features if reads else 0
        decoder = self.decoder(
            self.embedding_dim,
            n_outputs,
            symmetric=self.symmetric,
            n_features=n_features + 1 if n_features else 0,
            **self.options,
        )
        return PairOutputs(network, decoder, self.data, edge_weight=self.edge_weight, n_features=n_features)
