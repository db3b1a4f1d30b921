"""Multilayer perceptron of each node by itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import nn

from deepstat.architectures.graphs.build_stack import build_stack
from deepstat.data.graph_inputs import GraphInputs
from deepstat.layers.graph.node_map import NodeMap


def node_mlp(
    inputs: GraphInputs,
    n_outputs: int,
    *,
    hidden_layer_sizes: Sequence[int] = (16,),
    activation: Callable[..., Any] = torch.relu,
    activation_params: Mapping[str, Any] | None = None,
    dropout: float = 0.5,
    normalization: str = "none",
    skip: str = "none",
    jumping: str = "none",
    drop_edge: float = 0.0,
    penalise: str = "all",
) -> nn.Module:
    """Build a multilayer perceptron of the node features: the baseline that does not look at the graph.

    Parameters
    ----------
    inputs : GraphInputs
    n_outputs : int
    hidden_layer_sizes, activation, activation_params, dropout, normalization, skip, jumping, drop_edge, penalise
        See :func:`deepstat.architectures.graphs.build_stack.build_stack`.

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

    def make(n_in: int, n_out: int, is_last: bool) -> tuple[nn.Module, int]:
        graph = {"n_types": inputs.n_edge_types, "n_edge_features": inputs.n_edge_features}
        return NodeMap(n_in, n_out, **graph), n_out

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
