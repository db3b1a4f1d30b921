"""A network that makes a graph smaller and larger again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from deepstat.layers.activation import make_activation
from deepstat.layers.graph.edges import Edges
from deepstat.layers.graph.gcn import GCN
from deepstat.layers.graph.sparse_matrix import SparseMatrix
from deepstat.layers.pooling.top_k import TopK
from deepstat.layers.pooling.two_step_edges import two_step_edges
from deepstat.layers.pooling.unpool import unpool


class GraphUNet(nn.Module):
    """Graph convolutions on ever fewer nodes, then on ever more, with the features on the way down added on the way up.

    Down: ``x, A = TopK(x, (A + I)^2)``, ``x = f(GCN(x, A))``; up: ``x = f(GCN(skip + unpool(x), A))``, in the end
    without f. Top-k pooling makes the structure depend on the parameters: for one member at a time, not under
    ``torch.func.vmap``.

    Parameters
    ----------
    n_in, n_out : int
    hidden : int, default=64
        Width of all levels.
    depth : int, default=3
        How many times the graph is pooled.
    ratio : float or sequence of `depth` floats, default=0.5
        Share of the nodes kept at each pooling.
    activation : callable, default=torch.relu
        A function of a tensor, or a subclass of ``nn.Module``.

    References
    ----------
    Gao and Ji (2019), Graph U-Nets, ICML.

    Examples
    --------
    >>> edges = Edges(torch.tensor([1, 0, 2, 1]), torch.tensor([0, 1, 1, 2]), n_nodes=3)
    >>> GraphUNet(4, 2, hidden=8, depth=1)(torch.eye(3, 4), edges).shape
    torch.Size([3, 2])
    """

    batched = False

    def __init__(
        self,
        n_in: int,
        n_out: int,
        *,
        hidden: int = 64,
        depth: int = 3,
        ratio: float | Sequence[float] = 0.5,
        activation: Callable[..., Any] = torch.relu,
    ) -> None:
        super().__init__()
        if depth < 1:
            raise ValueError(f"depth is {depth!r}; give an integer of at least 1.")
        ratios = [ratio] * depth if isinstance(ratio, (int, float)) else list(ratio)
        if len(ratios) != depth:
            raise ValueError(
                f"ratio has {len(ratios)} entries and depth is {depth}; give one for each pooling."
            )
        self.down = nn.ModuleList(GCN(n_in if level == 0 else hidden, hidden) for level in range(depth + 1))
        self.poolings = nn.ModuleList(TopK(hidden, ratio=share, gate="sigmoid") for share in ratios)
        self.up = nn.ModuleList(GCN(hidden, n_out if level == 0 else hidden) for level in range(depth))
        self.activations = nn.ModuleList(make_activation(activation) for _ in range(2 * depth))

    def forward(self, x: Tensor | SparseMatrix, edges: Edges) -> Tensor:
        """Return (n, n_out)."""
        activations = iter(self.activations)
        hidden: Tensor = next(activations)(self.down[0](x, edges))
        levels = []
        for pooling, operator in zip(self.poolings, self.down[1:], strict=True):
            smaller, pooled, kept = pooling(hidden, two_step_edges(edges))
            levels.append((hidden, edges, kept))
            hidden, edges = next(activations)(operator(smaller, pooled)), pooled
        for level in reversed(range(len(levels))):
            skip, edges, kept = levels[level]
            hidden = self.up[level](skip + unpool(hidden, kept, edges.n_nodes), edges)
            hidden = next(activations)(hidden) if level > 0 else hidden
        return hidden
