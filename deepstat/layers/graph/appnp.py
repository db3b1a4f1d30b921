"""Personalised PageRank: predictions spread over the graph, and drawn back to where they came from."""

from __future__ import annotations

from torch import Tensor, nn

from deepstat.layers.graph.dense import dense
from deepstat.layers.graph.edges import Edges
from deepstat.layers.graph.node_dropout import NodeDropout
from deepstat.layers.graph.node_linear import NodeLinear
from deepstat.layers.graph.normalize import normalize
from deepstat.layers.graph.propagate import propagate
from deepstat.layers.graph.sparse_matrix import SparseMatrix
from deepstat.layers.graph.with_self_loops import with_self_loops


class PageRankPropagation(nn.Module):
    """``z <- (1 - teleport) D^(-1/2) (A + I) D^(-1/2) z + teleport h``, `n_steps` times from ``z = h``; h = x W + b.

    D are the degrees of ``A + I``. Without end, z tends to personalised PageRank:
    ``teleport (I - (1 - teleport) D^(-1/2) (A + I) D^(-1/2))^(-1) h``.

    Parameters
    ----------
    n_in, n_out : int
    n_steps : int, default=10
    teleport : float, default=0.1
        In (0, 1]; 1 leaves the graph out.
    edge_dropout : float, default=0.0
        Probability of dropping an entry of the normalised matrix, drawn anew for each step; the paper's is 0.5.
    linear : bool, default=True
        False: no parameters, h is x itself, the predictions of another network; n_in is n_out then.
    n_types, n_edge_features : int
        Of the graph; not used here: edges of all types are one kind.

    References
    ----------
    Gasteiger, Bojchevski and Günnemann (2019), Predict then propagate: graph neural networks meet personalized
    PageRank, ICLR.

    Examples
    --------
    >>> import torch
    >>> edges = Edges(torch.tensor([1, 0]), torch.tensor([0, 1]), n_nodes=2)
    >>> spread = PageRankPropagation(1, 1, n_steps=1, teleport=0.5, linear=False)
    >>> spread(torch.tensor([[4.0], [0.0]]), edges).flatten().round(decimals=4)
    tensor([3., 1.])
    """

    def __init__(
        self,
        n_in: int,
        n_out: int,
        *,
        n_steps: int = 10,
        teleport: float = 0.1,
        edge_dropout: float = 0.0,
        linear: bool = True,
        n_types: int = 1,
        n_edge_features: int = 0,
    ) -> None:
        super().__init__()
        if n_steps < 0:
            raise ValueError(f"n_steps is {n_steps}; give an integer of at least 0.")
        if not 0.0 < teleport <= 1.0:
            raise ValueError(f"teleport is {teleport!r}; give a number with 0 < teleport <= 1.")
        if not linear and n_in != n_out:
            raise ValueError(
                f"linear=False spreads {n_in} columns as they are and {n_out} are asked for: give linear=True."
            )
        self.linear = NodeLinear(n_in, n_out) if linear else None
        self.dropouts = nn.ModuleList(
            NodeDropout(edge_dropout) if edge_dropout else nn.Identity() for _ in range(n_steps)
        )
        self.teleport = teleport

    def forward(self, x: Tensor | SparseMatrix, edges: Edges) -> Tensor:
        """Return (n, n_out)."""
        start = dense(x) if self.linear is None else self.linear(x)
        edges = normalize(with_self_loops(edges), dtype=start.dtype)
        home, state = self.teleport * start, start
        for dropout in self.dropouts:
            state = home + (1.0 - self.teleport) * propagate(edges, state, dropout(edges.weight))
        return state
