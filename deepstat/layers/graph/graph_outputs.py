"""From a network of graphs to a network of their numbers in a collection."""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn

from deepstat.data.collection_inputs import CollectionInputs
from deepstat.layers.graph.graph_collection import GraphCollection

# Graphs predicted at once: bounds the memory of activations.
GRAPHS_AT_ONCE = 512


class GraphOutputs(nn.Module):
    """Take a batch of graphs from a collection, bring its features to the units of the network, and run it.

    Parameters
    ----------
    network : nn.Module
        ``forward(features, edges) -> (n_graphs, k)``.
    collection : GraphCollection or None
    inputs : CollectionInputs
        How columns are scaled; kept in buffers, so that members of one population may differ in it.

    Examples
    --------
    >>> from deepstat.layers.graph.gcn import GCN
    >>> class Total(GCN):
    ...     def forward(self, x, edges):
    ...         return super().forward(x, edges).sum(0, keepdim=True)
    >>> alone = GraphCollection(
    ...     torch.ones(2, 1), None, torch.tensor([0, 2]), torch.tensor([0, 0]), *torch.zeros(3, 0, dtype=torch.int64)
    ... )
    >>> network = GraphOutputs(Total(1, 3), alone, CollectionInputs(1, center=(0.0,), scale=(1.0,))).float()
    >>> network(torch.tensor([[0]])).shape
    torch.Size([1, 3])
    """

    center: Tensor
    factor: Tensor

    def __init__(
        self, network: nn.Module, collection: GraphCollection | None, inputs: CollectionInputs
    ) -> None:
        super().__init__()
        self.network, self.collection = network, collection
        self.largest_degree = inputs.largest_degree
        # In the dtype of the network as soon as it is moved there; rounded to float32 only by a network that is.
        self.register_buffer("center", torch.tensor(inputs.center, dtype=torch.float64))
        self.register_buffer("factor", 1.0 / torch.tensor(inputs.scale, dtype=torch.float64))

    def on(self, collection: GraphCollection) -> GraphOutputs:
        """Return the same network, sharing its weights, on other graphs."""
        other = copy.copy(self)
        other.collection = collection
        return other

    def forward(self, x: Tensor) -> Tensor:
        """Map numbers of graphs (m, 1) to outputs (m, k)."""
        graphs = x[:, 0]
        if self.training:
            return self._of(graphs)
        return torch.cat([self._of(part) for part in graphs.split(GRAPHS_AT_ONCE)])

    def _of(self, graphs: Tensor) -> Tensor:
        assert self.collection is not None
        features, degree, edges = self.collection.batch(graphs)
        features = (features - self.center) * self.factor
        if degree is not None and self.largest_degree is not None:
            largest = self.largest_degree
            ones = nn.functional.one_hot(degree.clamp(max=largest), largest + 1)
            features = torch.cat([features, ones.to(features.dtype)], dim=1)
        return self.network(features, edges)
