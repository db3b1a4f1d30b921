"""Generalised blocks of edge and node states."""

from __future__ import annotations

from functools import partial
from typing import Any

from torch import nn

from deepstat.architectures.graphs.build_stack import build_stack
from deepstat.architectures.takes_options_of import takes_options_of
from deepstat.data.graph_inputs import GraphInputs
from deepstat.layers.graph.graph_block import GraphBlock


@takes_options_of(build_stack, hidden_layer_sizes=(32,), dropout=0.5)
def graph_block(inputs: GraphInputs, n_outputs: int, *, aggregation: str = "sum", **stack: Any) -> nn.Module:
    """Build a network of generalised blocks: states of edges are updated from their ends, nodes from their edges.

    Parameters
    ----------
    inputs : GraphInputs
    n_outputs : int
    aggregation : {"sum", "mean", "max", "min"}
        Of the states of incoming edges.
    **stack
        Options of :func:`deepstat.architectures.graphs.build_stack.build_stack`.

    Returns
    -------
    nn.Module

    References
    ----------
    Battaglia et al. (2018), Relational inductive biases, deep learning, and graph networks.

    Examples
    --------
    >>> network = graph_block(GraphInputs(n_numeric=3), 2)
    >>> len(network.operators)
    2
    """
    return build_stack(inputs, n_outputs, partial(GraphBlock, aggregation=aggregation), **stack)
