"""Personalised propagation of neural predictions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import nn

from deepstat.architectures.graphs.build_stack import build_stack
from deepstat.data.graph_inputs import GraphInputs
from deepstat.layers.graph.appnp import PageRankPropagation
from deepstat.layers.graph.node_map import NodeMap


def appnp(
    inputs: GraphInputs,
    n_outputs: int,
    *,
    hidden_layer_sizes: Sequence[int] = (64,),
    activation: Callable[..., Any] = torch.relu,
    activation_params: Mapping[str, Any] | None = None,
    dropout: float = 0.5,
    normalization: str = "none",
    skip: str = "none",
    jumping: str = "none",
    drop_edge: float = 0.0,
    penalise: str = "all",
    n_steps: int = 10,
    teleport: float = 0.1,
    edge_dropout: float = 0.5,
) -> nn.Module:
    """Build a multilayer perceptron whose predictions run over the graph by personalised PageRank.

    Parameters
    ----------
    inputs : GraphInputs
    n_outputs : int
    hidden_layer_sizes, activation, activation_params, dropout, normalization, skip, jumping, drop_edge, penalise
        See :func:`deepstat.architectures.graphs.build_stack.build_stack`.
    n_steps : int
        Rounds of propagation.
    teleport : float
        Share of a node's own prediction in each round.
    edge_dropout : float
        Probability of dropping an edge in a round.

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

    def make(n_in: int, n_out: int, is_last: bool) -> tuple[nn.Module, int]:
        graph = {"n_types": inputs.n_edge_types, "n_edge_features": inputs.n_edge_features}
        if not is_last:
            return NodeMap(n_in, n_out), n_out
        own = {"n_steps": n_steps, "teleport": teleport, "edge_dropout": edge_dropout}
        return PageRankPropagation(n_in, n_out, **own, **graph), n_out

    return build_stack(
        inputs,
        n_outputs,
        make,
        hidden_layer_sizes=hidden_layer_sizes,
        activation=activation,
        activation_params=activation_params,
        dropout=dropout,
        normalization=normalization,
        skip=skip,
        jumping=jumping,
        drop_edge=drop_edge,
        penalise=penalise,
    )
