"""Readouts by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import Tensor, nn

from deepstat.errors import unknown
from deepstat.layers.graph.edges import Edges
from deepstat.layers.pooling.attention_readout import AttentionReadout
from deepstat.layers.pooling.max_readout import max_readout
from deepstat.layers.pooling.mean_readout import mean_readout
from deepstat.layers.pooling.set2set import Set2Set
from deepstat.layers.pooling.sum_readout import sum_readout

_FUNCTIONS = {"sum": sum_readout, "mean": mean_readout, "max": max_readout}
READOUTS = (*_FUNCTIONS, "attention", "set2set")


def make_readout(name: str, n_in: int, **params: Any) -> nn.Module:
    """Build a readout ``(x (n, n_in), edges) -> (n_graphs, n_out)``; its width is the attribute `n_out`.

    Parameters
    ----------
    name : {"sum", "mean", "max", "attention", "set2set"}
        With "attention" n_out is n_in, with "set2set" it is 2 n_in.
    n_in : int
    **params
        Options of "attention" (`gate`) or "set2set" (`steps`).

    Examples
    --------
    >>> make_readout("mean", 4)
    FunctionReadout(mean_readout)
    >>> make_readout("set2set", 4, steps=2).n_out
    8
    """
    if name == "attention":
        return AttentionReadout(n_in, n_in, **params)
    if name == "set2set":
        return Set2Set(n_in, **params)
    if name not in _FUNCTIONS:
        raise unknown("readout", name, READOUTS)
    if params:
        raise ValueError(f"The readout {name!r} has no options; got {', '.join(sorted(params))}.")
    return FunctionReadout(_FUNCTIONS[name], n_in)


class FunctionReadout(nn.Module):
    """A readout without parameters as a module.

    Parameters
    ----------
    function : callable
        ``function(x, edges)`` of as many columns as x.
    n_out : int
        The number of columns.

    Examples
    --------
    >>> FunctionReadout(sum_readout, 3).n_out
    3
    """

    def __init__(self, function: Callable[[Tensor, Edges], Tensor], n_out: int) -> None:
        super().__init__()
        self.function, self.n_out = function, n_out

    def forward(self, x: Tensor, edges: Edges) -> Tensor:
        """Return (n_graphs, n_out)."""
        return self.function(x, edges)

    def extra_repr(self) -> str:
        """Show the function."""
        return self.function.__name__
