"""Gated graph network."""

from __future__ import annotations

from functools import partial
from typing import Any

from torch import nn

from deepstat.architectures.graphs.build_stack import build_stack
from deepstat.architectures.takes_options_of import takes_options_of
from deepstat.data.graph_inputs import GraphInputs
from deepstat.layers.graph.gated_graph import GatedGraph


@takes_options_of(build_stack, hidden_layer_sizes=(64,), dropout=0.5)
def gated_graph(inputs: GraphInputs, n_outputs: int, *, n_steps: int = 2, **stack: Any) -> nn.Module:
    """Build a gated graph network: a recurrent unit reads the messages of several steps.

    Parameters
    ----------
    inputs : GraphInputs
    n_outputs : int
    n_steps : int
        Rounds of messages in each operator.
    **stack
        Options of :func:`deepstat.architectures.graphs.build_stack.build_stack`.

    Returns
    -------
    nn.Module

    References
    ----------
    Li, Tarlow, Brockschmidt and Zemel (2016), Gated graph sequence neural networks, ICLR.

    Examples
    --------
    >>> network = gated_graph(GraphInputs(n_numeric=3), 2)
    >>> len(network.operators)
    2
    """
    return build_stack(inputs, n_outputs, partial(GatedGraph, n_steps=n_steps), **stack)
