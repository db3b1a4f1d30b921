"""The outputs of all layers, joined at each node."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from deepstat.layers.graph.node_linear import NodeLinear

WAYS = ("concat", "max", "attention")


class JumpingKnowledge(nn.Module):
    """Join the outputs ``x^1, ..., x^L`` of the layers at each node, then map them to the outputs, ``W z + b``.

    "concat" puts them side by side; "max" takes the largest of each column; "attention" averages them with weights
    ``softmax_l (v_l' x_i^l + c_l)`` of each node's own, which take the place of the scores that Xu et al. compute with
    an LSTM over the layers. A node in a dense part of a graph may read its early layers, one at the rim its late ones.

    Parameters
    ----------
    widths : sequence of int
        Of the layers; for "max" and "attention" all the same.
    n_out : int
    how : {"concat", "max", "attention"}, default="concat"

    References
    ----------
    Xu, Li, Tian, Sonobe, Kawarabayashi and Jegelka (2018), Representation learning on graphs with jumping knowledge
    networks, ICML.

    Examples
    --------
    >>> join = JumpingKnowledge([8, 8, 8], 2, how="max")
    >>> join([torch.zeros(5, 8), torch.ones(5, 8), torch.zeros(5, 8)]).shape
    torch.Size([5, 2])
    """

    def __init__(self, widths: Sequence[int], n_out: int, *, how: str = "concat") -> None:
        super().__init__()
        if how not in WAYS:
            raise ValueError(f"how={how!r} is unknown: use one of {', '.join(map(repr, WAYS))}.")
        if not widths:
            raise ValueError("widths is empty: give the width of at least one layer.")
        if how != "concat" and len(set(widths)) > 1:
            raise ValueError(f"how={how!r} needs layers of one width, not {list(widths)}: use 'concat'.")
        self.how = how
        self.scores = nn.ModuleList(NodeLinear(width, 1) for width in widths) if how == "attention" else None
        self.out = NodeLinear(sum(widths) if how == "concat" else widths[0], n_out)

    def forward(self, outputs: Sequence[Tensor]) -> Tensor:
        """Return (n, n_out) for a sequence of (n, width)."""
        return self.out(self.join(outputs))

    def join(self, outputs: Sequence[Tensor]) -> Tensor:
        """Return what is mapped to the outputs, (n, sum of widths) or (n, width)."""
        if self.how == "concat":
            return torch.cat(list(outputs), 1)
        layers = torch.stack(list(outputs), 1)
        if self.scores is None:
            return layers.amax(1)
        scores = torch.cat([score(x) for score, x in zip(self.scores, outputs, strict=True)], 1)
        return torch.bmm(torch.softmax(scores, 1)[:, None], layers).squeeze(1)
