"""Multilayer perceptron of each node by itself."""

from __future__ import annotations

from typing import Any

from torch import nn

from deepstat.architectures.graphs.build_stack import build_stack
from deepstat.architectures.takes_options_of import takes_options_of
from deepstat.data.graph_inputs import GraphInputs
from deepstat.layers.graph.node_map import NodeMap


@takes_options_of(build_stack, hidden_layer_sizes=(16,), dropout=0.5)
def node_mlp(inputs: GraphInputs, n_outputs: int, **stack: Any) -> nn.Module:
    """Build a multilayer perceptron of the node features: the baseline that does not look at the graph.

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
    Shchur, Mumme, Bojchevski and Guennemann (2018), Pitfalls of graph neural network evaluation.

    Examples
    --------
    >>> network = node_mlp(GraphInputs(n_numeric=3), 2)
    >>> len(network.operators)
    2
    """
    return build_stack(inputs, n_outputs, NodeMap, **stack)
