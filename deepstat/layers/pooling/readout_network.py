"""A network on graphs that reads all layers out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from deepstat.layers.activation import make_activation
from deepstat.layers.dropout import Dropout
from deepstat.layers.graph.edges import Edges
from deepstat.layers.normalization import make_normalization
from deepstat.layers.pooling.make_readout import make_readout

JUMPING = ("inputs", "all", "last")


class ReadoutNetwork(nn.Module):
    """Operators one after the other, a readout of each, the readouts side by side, affine maps with units between them.

    ``h_k = activation(norm(operator_k(h_{k-1}, edges)))``, ``y = head([R(h_0), ..., R(h_K)])``.

    Parameters
    ----------
    operators : sequence of nn.Module
        ``forward(x, edges) -> (n, width)``; may be empty.
    widths : sequence of int
        Of the features, then of each operator's outputs.
    n_out : int
    activation : callable
    activation_params : mapping or None
    normalization : {"none", "batch", "layer"}
        Of the outputs of operators.
    readout : {"sum", "mean", "max", "attention", "set2set"}
    jumping : {"inputs", "all", "last"}
        What is read out: the features and all layers, all layers, or the last layer.
    hidden_widths : sequence of int
        Of the hidden layers of the head.
    dropout : float
        Of the inputs of the head's last affine map.

    References
    ----------
    Xu, Hu, Leskovec and Jegelka (2019), How powerful are graph neural networks?, ICLR, section 4.2.

    Examples
    --------
    >>> from deepstat.layers.graph.gcn import GCN
    >>> batch = Edges(torch.tensor([1]), torch.tensor([0]), 3, node_graph=torch.tensor([0, 0, 1]), n_graphs=2)
    >>> ReadoutNetwork([GCN(4, 8)], [4, 8], 3)(torch.ones(3, 4), batch).shape
    torch.Size([2, 3])
    """

    def __init__(
        self,
        operators: Sequence[nn.Module],
        widths: Sequence[int],
        n_out: int,
        *,
        activation: Callable[..., Any] = torch.relu,
        activation_params: Mapping[str, Any] | None = None,
        normalization: str = "none",
        readout: str = "sum",
        jumping: str = "all",
        hidden_widths: Sequence[int] = (),
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.operators = nn.ModuleList(operators)
        self.norms = nn.ModuleList(make_normalization(normalization, w) or nn.Identity() for w in widths[1:])
        self.activations = nn.ModuleList(make_activation(activation, activation_params) for _ in operators)
        self.first = {"inputs": 0, "all": min(1, len(operators)), "last": len(operators)}[jumping]
        self.readouts = nn.ModuleList(make_readout(readout, width) for width in widths[self.first :])
        width = sum(each.n_out for each in self.readouts)
        layers: list[nn.Module] = []
        for hidden in hidden_widths:
            layers += [nn.Linear(width, hidden), make_activation(activation, activation_params)]
            width = hidden
        layers += [Dropout(dropout)] if dropout else []
        self.head = nn.Sequential(*layers, nn.Linear(width, n_out))

    def forward(self, x: Tensor, edges: Edges) -> Tensor:
        """Return (n_graphs, n_out)."""
        levels = [x]
        for operator, norm, activation in zip(self.operators, self.norms, self.activations, strict=True):
            levels.append(activation(norm(operator(levels[-1], edges))))
        pairs = zip(self.readouts, levels[self.first :], strict=True)
        return self.head(torch.cat([readout(level, edges) for readout, level in pairs], dim=1))
