"""Graph isomorphism network."""

from __future__ import annotations

from functools import partial
from typing import Any

from torch import nn

from deepstat.architectures.graphs.build_stack import build_stack
from deepstat.architectures.takes_options_of import takes_options_of
from deepstat.data.graph_inputs import GraphInputs
from deepstat.layers.graph.gin import GIN


@takes_options_of(build_stack, hidden_layer_sizes=(64,), dropout=0.5)
def gin(
    inputs: GraphInputs,
    n_outputs: int,
    *,
    eps: float = 0.0,
    learn_eps: bool = False,
    operator_normalization: str = "none",
    **stack: Any,
) -> nn.Module:
    """Build a graph isomorphism network: sums over neighbours, then a network of one hidden layer, in each operator.

    Parameters
    ----------
    inputs : GraphInputs
    n_outputs : int
    eps : float
        A node counts ``1 + eps`` times in its own sum.
    learn_eps : bool
    operator_normalization : {"none", "batch", "layer"}
        Inside the operators.
    **stack
        Options of :func:`deepstat.architectures.graphs.build_stack.build_stack`.

    Returns
    -------
    nn.Module

    References
    ----------
    Xu, Hu, Leskovec and Jegelka (2019), How powerful are graph neural networks?, ICLR.

    Examples
    --------
    >>> network = gin(GraphInputs(n_numeric=3), 2)
    >>> len(network.operators)
    2
    """
    return build_stack(
        inputs,
        n_outputs,
        partial(GIN, eps=eps, learn_eps=learn_eps, normalization=operator_normalization),
        **stack,
    )
