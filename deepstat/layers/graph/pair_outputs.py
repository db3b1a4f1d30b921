"""From a network of a graph's nodes to a network of pairs of nodes."""

from __future__ import annotations

import copy
from typing import Any

import torch
from torch import Tensor, nn

from deepstat.layers.graph.edges import Edges
from deepstat.layers.graph.pair_features import pair_features


class PairOutputs(nn.Module):
    """Let messages run over the whole graph to embed the nodes, and decode the pairs asked for.

    Parameters
    ----------
    network : nn.Module
        ``forward(features, edges) -> (n, d)``.
    decoder : nn.Module
        ``forward(source, target, features) -> (m, k)`` of embeddings (m, d).
    data : GraphData or None
        None: given later, see :meth:`on`.
    edge_weight : Tensor of shape (e,) or None
        Weights of the arcs in place of the graph's, for instance zero for those that take no part. A buffer, so that
        networks of one population may differ in it.
    n_features : int, default=0
        Width of the edge features that the decoder reads, standardised over the arcs of `data`, followed by an
        indicator of pairs that have an edge. Pairs without one have zeros.

    Examples
    --------
    >>> from deepstat.layers.graph.decoders.dot_product import DotProduct
    >>> from deepstat.layers.graph.gcn import GCN
    >>> from deepstat.layers.graph.graph_data import GraphData
    >>> edges = Edges(torch.tensor([1, 0]), torch.tensor([0, 1]), n_nodes=3)
    >>> network = PairOutputs(GCN(3, 2), DotProduct(2, 1), GraphData(torch.eye(3), edges))
    >>> network(torch.tensor([[0, 2], [2, 1]])).shape
    torch.Size([2, 1])
    """

    def __init__(
        self,
        network: nn.Module,
        decoder: nn.Module,
        data: Any,
        *,
        edge_weight: Tensor | None = None,
        n_features: int = 0,
    ) -> None:
        super().__init__()
        self.network, self.decoder, self.data = network, decoder, data
        self.n_features = n_features
        self.register_buffer("edge_weight", edge_weight)
        if n_features:
            center, scale = torch.zeros(n_features), torch.ones(n_features)
            if data is not None and len(data.edges):
                center = data.edges.features.mean(0)
                spread = data.edges.features.std(0, correction=0)
                scale = torch.where(spread > 1e-6 * center.abs(), spread, 1.0)
            self.register_buffer("center", center)
            self.register_buffer("scale", scale)

    def on(self, data: Any) -> PairOutputs:
        """Return the same network, sharing its parameters, on another graph with that graph's own weights."""
        other = copy.copy(self)
        other._buffers = {**self._buffers, "edge_weight": None}
        other.data = data
        return other

    def forward(self, x: Tensor) -> Tensor:
        """Map pairs of ids (m, 2) to outputs (m, k)."""
        return self.decode(self.embed(), x)

    def embed(self) -> Tensor:
        """Return the embeddings of all nodes (n, d)."""
        edges: Edges = self.data.edges
        if self.edge_weight is not None:
            edges = edges.with_weight(self.edge_weight)
        return self.network(self.data.features, edges)

    def decode(self, embedding: Tensor, x: Tensor) -> Tensor:
        """Map embeddings (n, d) and pairs of ids (m, 2) to outputs (m, k)."""
        # The gradient of gather is a plain sum into places, also batched.
        source, target = (embedding.gather(0, ids.expand(-1, embedding.shape[1])) for ids in x.split(1, 1))
        if not self.n_features:
            return self.decoder(source, target)
        features, present = pair_features(self.data.edges, x)
        features = (features - self.center) / self.scale * present
        return self.decoder(source, target, torch.cat([features, present], 1))
