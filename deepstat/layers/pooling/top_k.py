"""Pooling that keeps the nodes with the highest scores."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from deepstat.errors import unknown
from deepstat.layers.graph.edges import Edges
from deepstat.layers.pooling.induced_edges import induced_edges
from deepstat.layers.pooling.membership import membership

GATES = {"tanh": torch.tanh, "sigmoid": torch.sigmoid}


class TopK(nn.Module):
    """Keep of each graph the ``ceil(ratio n_g)`` nodes of highest score ``y = x p / |p|`` and multiply by ``tanh(y)``.

    The gate is what the gradient reaches p through. Of equal scores the node listed first stays, so with ties (nodes
    that the network cannot tell apart) the result may depend on the order of the nodes.

    Which nodes stay differs between members, and so does the structure: it works for one member at a time, not under
    ``torch.func.vmap``, and `batched` is False.

    Parameters
    ----------
    n_in : int
    ratio : float, default=0.5
        Share of the nodes kept, 0 < ratio <= 1.
    gate : {"tanh", "sigmoid"}, default="tanh"
        tanh as in Cangea et al., sigmoid as in Gao and Ji.

    References
    ----------
    Gao and Ji (2019), Graph U-Nets, ICML. Cangea, Veličković, Jovanović, Kipf and Liò (2018), Towards sparse
    hierarchical graph classifiers.

    Examples
    --------
    >>> layer = TopK(1)
    >>> layer.score.weight.data.fill_(2.0)
    tensor([[2.]])
    >>> edges = Edges(torch.tensor([1, 2, 0, 0]), torch.tensor([0, 0, 1, 2]), n_nodes=3)
    >>> x, smaller, kept = layer(torch.tensor([[1.0], [-1.0], [3.0]]), edges)
    >>> kept, smaller.source, smaller.target
    (tensor([0, 2]), tensor([1, 0]), tensor([0, 1]))
    """

    batched = False
    reads_whole_graph = True

    def __init__(self, n_in: int, *, ratio: float = 0.5, gate: str = "tanh") -> None:
        super().__init__()
        if not 0.0 < ratio <= 1.0:
            raise ValueError(f"ratio is {ratio!r}; give a number with 0 < ratio <= 1.")
        if gate not in GATES:
            raise unknown("gate", gate, GATES)
        self.score = nn.Linear(n_in, 1, bias=False)
        self.ratio, self.gate = ratio, gate

    def forward(self, x: Tensor, edges: Edges) -> tuple[Tensor, Edges, Tensor]:
        """Return the features (m, n_in) and edges of the kept nodes, and their positions (m,), ascending."""
        score = self.score(x)[:, 0] / self.score.weight.norm()
        kept = self._highest(score.detach(), edges)
        gate = GATES[self.gate](score[kept])
        return x[kept] * gate[:, None], induced_edges(edges, kept), kept

    def _highest(self, score: Tensor, edges: Edges) -> Tensor:
        pattern = membership(edges, score.dtype)
        # Less a little, so that 0.55 * 100 = 55.00000000000001 is 55.
        n_kept = torch.ceil(pattern.pointers.diff().double() * self.ratio - 1e-9)
        by_score = torch.argsort(score, descending=True, stable=True)
        order = by_score[torch.argsort(pattern.rows[by_score], stable=True)]  # by graph, then by score
        rank = torch.arange(len(score), device=score.device) - pattern.pointers[pattern.rows.long()]
        return order[rank < n_kept[pattern.rows.long()]].sort().values
