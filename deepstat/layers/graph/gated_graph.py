"""Gated graph recurrence: messages of all steps through one gated recurrent unit."""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor, nn

from deepstat.layers.graph.dense import dense
from deepstat.layers.graph.edges import Edges
from deepstat.layers.graph.node_linear import NodeLinear
from deepstat.layers.graph.sparse_matrix import SparseMatrix


class GatedGraph(nn.Module):
    """``h_i <- GRU(sum_j w_ij W_type(ij) h_j, h_i)``, several times, from ``h = [x, 0]``.

    With a the sum, and all maps affine::

        r = sigmoid(R a + R' h),  z = sigmoid(Z a + Z' h),  c = tanh(C a + r * (C' h)),  h <- (1 - z) * c + z * h

    which is the unit of Cho et al. with r after the map, as ``nn.GRUCell`` has it. x is padded by zeros to `n_out`
    columns; where it has more, it is mapped to `n_out` by a matrix first.

    Parameters
    ----------
    n_in, n_out : int
    n_steps : int, default=2
    n_types : int
        Types of edges, each with a matrix of its own.
    n_edge_features : int
        Of the graph; not used here.

    References
    ----------
    Li, Tarlow, Brockschmidt and Zemel (2016), Gated graph sequence neural networks, ICLR.
    Cho et al. (2014), Learning phrase representations using RNN encoder-decoder, EMNLP.

    Examples
    --------
    >>> edges = Edges(torch.tensor([1, 0]), torch.tensor([0, 1]), n_nodes=2)
    >>> GatedGraph(3, 4, n_steps=5)(torch.eye(2, 3), edges).shape
    torch.Size([2, 4])
    """

    def __init__(
        self, n_in: int, n_out: int, *, n_steps: int = 2, n_types: int = 1, n_edge_features: int = 0
    ) -> None:
        super().__init__()
        if n_steps < 1:
            raise ValueError(f"n_steps is {n_steps}; give an integer of at least 1.")
        self.narrow = NodeLinear(n_in, n_out, bias=False) if n_in > n_out else None
        self.messages = NodeLinear(n_out, n_types * n_out, bias=False)
        self.of_messages = NodeLinear(n_out, 3 * n_out)  # R, Z, C
        self.of_state = NodeLinear(n_out, 3 * n_out)  # R', Z', C'
        self.n_out, self.n_steps, self.n_types = n_out, n_steps, n_types

    def forward(self, x: Tensor | SparseMatrix, edges: Edges) -> Tensor:
        """Return (n, n_out)."""
        matrix = self._matrix(edges)
        x = dense(x) if self.narrow is None else self.narrow(x)
        state = nn.functional.pad(x, (0, self.n_out - x.shape[1]))
        values = matrix.values if edges.weight is None else edges.weight
        values = values.to(state.dtype)
        for _ in range(self.n_steps):
            sent = self.messages(state).reshape(
                -1, self.n_out
            )  # row j n_types + t: what j sends along type t
            state = self._gated(matrix.matmul(sent, values), state)
        return state

    def _gated(self, message: Tensor, state: Tensor) -> Tensor:
        given, own = self.of_messages(message), self.of_state(state)
        gates, n = 2 * self.n_out, self.n_out
        reset, keep = torch.sigmoid(given[:, :gates] + own[:, :gates]).split(n, dim=1)
        candidate = torch.tanh(given[:, gates:] + reset * own[:, gates:])
        return candidate + keep * (state - candidate)

    def _matrix(self, edges: Edges) -> SparseMatrix:
        if self.n_types == 1:
            return edges.matrix
        if edges.type is None or edges.n_types != self.n_types:
            given = 1 if edges.type is None else edges.n_types
            raise ValueError(
                f"The operator is built for {self.n_types} types of edges and the graph has {given}: "
                "give the edge types that it was built for."
            )
        return edges.remember("by type", partial(_by_type, edges))


def _by_type(edges: Edges) -> SparseMatrix:
    """Return the pattern (n, n n_types): the target as the row, the source with the type as the column."""
    assert edges.type is not None
    columns = edges.source * edges.n_types + edges.type
    ones = torch.ones(len(edges), device=columns.device)
    return SparseMatrix.from_entries(
        edges.target, columns, ones, (edges.n_nodes, edges.n_nodes * edges.n_types)
    )
