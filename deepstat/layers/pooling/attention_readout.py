"""A sum over nodes in which the network says how much each one counts."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from deepstat.errors import unknown
from deepstat.layers.graph.edges import Edges
from deepstat.layers.graph.node_linear import NodeLinear
from deepstat.layers.graph.sparse_matrix import SparseMatrix
from deepstat.layers.pooling.graph_softmax import graph_softmax
from deepstat.layers.pooling.sum_readout import sum_readout

GATES = ("sigmoid", "softmax")


class AttentionReadout(nn.Module):
    """``tanh(sum_v gate_v * tanh(x_v W + b))`` over the nodes v of each graph, entry by entry.

    The gate of Li et al. is ``sigmoid(x_v U + c)``, for each node by itself; with a softmax of ``x_v U + c`` over the
    nodes of the graph the sum is a weighted mean.

    Parameters
    ----------
    n_in, n_out : int
    gate : {"sigmoid", "softmax"}, default="sigmoid"

    References
    ----------
    Li, Tarlow, Brockschmidt and Zemel (2016), Gated graph sequence neural networks, ICLR, equation 7.

    Examples
    --------
    >>> batch = Edges(torch.tensor([1]), torch.tensor([0]), 3, node_graph=torch.tensor([0, 0, 1]), n_graphs=2)
    >>> AttentionReadout(4, 5)(torch.ones(3, 4), batch).shape
    torch.Size([2, 5])
    """

    def __init__(self, n_in: int, n_out: int, *, gate: str = "sigmoid") -> None:
        super().__init__()
        if gate not in GATES:
            raise unknown("gate", gate, GATES)
        self.score, self.value = NodeLinear(n_in, n_out), NodeLinear(n_in, n_out)
        self.gate, self.n_out = gate, n_out

    def forward(self, x: Tensor | SparseMatrix, edges: Edges) -> Tensor:
        """Return (n_graphs, n_out); zeros for a graph without nodes."""
        score = self.score(x)
        gate = torch.sigmoid(score) if self.gate == "sigmoid" else graph_softmax(score, edges)
        return torch.tanh(sum_readout(gate * torch.tanh(self.value(x)), edges))
