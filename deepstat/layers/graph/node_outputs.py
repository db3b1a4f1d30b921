"""From a network of a graph's nodes to a network of node ids."""

from __future__ import annotations

import copy

from torch import Tensor, nn

from deepstat.layers.graph.graph_data import GraphData


class NodeOutputs(nn.Module):
    """Let messages run over the whole graph and return the outputs of the nodes asked for.

    Parameters
    ----------
    network : nn.Module
        ``forward(features, edges) -> (n, k)``.
    data : GraphData

    Examples
    --------
    >>> import torch
    >>> from deepstat.layers.graph.edges import Edges
    >>> from deepstat.layers.graph.gcn import GCN
    >>> edges = Edges(torch.tensor([1, 0]), torch.tensor([0, 1]), n_nodes=3)
    >>> NodeOutputs(GCN(3, 2), GraphData(torch.eye(3), edges))(torch.tensor([[2], [0]])).shape
    torch.Size([2, 2])
    """

    def __init__(self, network: nn.Module, data: GraphData) -> None:
        super().__init__()
        self.network, self.data = network, data

    def on(self, data: GraphData) -> NodeOutputs:
        """Return the same network, sharing its weights, on another graph."""
        other = copy.copy(self)
        other.data = data
        return other

    def forward(self, x: Tensor) -> Tensor:
        """Map ids (m, 1) to outputs (m, k)."""
        out = self.network(self.data.features, self.data.edges)
        return out.gather(
            0, x.expand(-1, out.shape[1])
        )  # its gradient is a plain sum into places, also batched
