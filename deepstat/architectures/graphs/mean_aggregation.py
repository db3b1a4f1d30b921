"""Means over neighbours beside each node's own state."""

from __future__ import annotations

from typing import Any

from torch import nn

from deepstat.architectures.graphs.build_stack import build_stack
from deepstat.architectures.takes_options_of import takes_options_of
from deepstat.data.graph_inputs import GraphInputs
from deepstat.layers.graph.mean_aggregation import MeanAggregation


@takes_options_of(build_stack, hidden_layer_sizes=(64,), dropout=0.5)
def mean_aggregation(inputs: GraphInputs, n_outputs: int, **stack: Any) -> nn.Module:
    """Build a network of means over neighbours, with weights of its own for a node itself.

    Parameters
    ----------
    inputs : GraphInputs
    n_outputs : int
    **stack
        Options of :func:`deepstat.architectures.graphs.build_stack.build_stack`.

    Returns
    -------
    nn.Module

    References
    ----------
    Hamilton (2020), Graph representation learning, chapter 5.

    Examples
    --------
    >>> network = mean_aggregation(GraphInputs(n_numeric=3), 2)
    >>> len(network.operators)
    2
    """
    return build_stack(inputs, n_outputs, MeanAggregation, **stack)
