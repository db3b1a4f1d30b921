"""Personalised propagation of neural predictions."""

from __future__ import annotations

from functools import partial
from typing import Any

from torch import nn

from deepstat.architectures.graphs.build_stack import build_stack
from deepstat.architectures.takes_options_of import takes_options_of
from deepstat.data.graph_inputs import GraphInputs
from deepstat.layers.graph.appnp import PageRankPropagation
from deepstat.layers.graph.node_map import NodeMap


@takes_options_of(build_stack, hidden_layer_sizes=(64,), dropout=0.5)
def appnp(
    inputs: GraphInputs,
    n_outputs: int,
    *,
    n_steps: int = 10,
    teleport: float = 0.1,
    edge_dropout: float = 0.5,
    **stack: Any,
) -> nn.Module:
    """Build a multilayer perceptron whose predictions run over the graph by personalised PageRank.

    Parameters
    ----------
    inputs : GraphInputs
    n_outputs : int
    n_steps : int
        Rounds of propagation.
    teleport : float
        Share of a node's own prediction in each round.
    edge_dropout : float
        Probability of dropping an edge in a round.
    **stack
        Options of :func:`deepstat.architectures.graphs.build_stack.build_stack`.

    Returns
    -------
    nn.Module

    References
    ----------
    Gasteiger, Bojchevski and Guennemann (2019), Predict then propagate, ICLR.

    Examples
    --------
    >>> network = appnp(GraphInputs(n_numeric=3), 2)
    >>> len(network.operators)
    2
    """
    last = partial(PageRankPropagation, n_steps=n_steps, teleport=teleport, edge_dropout=edge_dropout)
    return build_stack(inputs, n_outputs, NodeMap, last, **stack)
