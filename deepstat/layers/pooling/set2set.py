"""A readout that looks at the nodes several times."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from deepstat.layers.graph.edges import Edges
from deepstat.layers.pooling.graph_softmax import graph_softmax
from deepstat.layers.pooling.lstm_cell import LSTMCell
from deepstat.layers.pooling.membership import membership
from deepstat.layers.pooling.sum_readout import sum_readout


class Set2Set(nn.Module):
    """``q = LSTM([q, r])``, ``r = sum_v a_v x_v`` with a the softmax of ``x_v . q`` in each graph; in the end [q, r].

    Parameters
    ----------
    n_in : int
        The readout has 2 n_in columns (`n_out`).
    steps : int, default=3
        How many times the nodes are looked at.

    References
    ----------
    Vinyals, Bengio and Kudlur (2016), Order matters: sequence to sequence for sets, ICLR, equations 3 to 7.

    Examples
    --------
    >>> batch = Edges(torch.tensor([1]), torch.tensor([0]), 3, node_graph=torch.tensor([0, 0, 1]), n_graphs=2)
    >>> Set2Set(4)(torch.ones(3, 4), batch).shape
    torch.Size([2, 8])
    """

    def __init__(self, n_in: int, *, steps: int = 3) -> None:
        super().__init__()
        if steps < 1:
            raise ValueError(f"steps is {steps!r}; give an integer of at least 1.")
        self.cell = LSTMCell(2 * n_in, n_in)
        self.steps, self.n_out = steps, 2 * n_in

    def forward(self, x: Tensor, edges: Edges) -> Tensor:
        """Return (n_graphs, 2 n_in); zeros for a graph without nodes."""
        pattern = membership(edges, x.dtype)
        query = memory = x.new_zeros(edges.n_graphs, x.shape[1])
        both = x.new_zeros(edges.n_graphs, 2 * x.shape[1])
        for _ in range(self.steps):
            query, memory = self.cell(both, query, memory)
            scores = (x * query.index_select(0, pattern.rows)).sum(1, keepdim=True)
            seen = sum_readout(graph_softmax(scores, edges) * x, edges)
            both = torch.cat([query, seen], 1)
        return both * (pattern.pointers.diff() > 0)[:, None]
