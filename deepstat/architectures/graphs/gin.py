"""Graph isomorphism network."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import nn

from deepstat.architectures.graphs.build_stack import build_stack
from deepstat.data.graph_inputs import GraphInputs
from deepstat.layers.graph.gin import GIN


def gin(
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
    eps: float = 0.0,
    learn_eps: bool = False,
    operator_normalization: str = "none",
) -> nn.Module:
    """Build a graph isomorphism network: sums over neighbours, then a network of one hidden layer, in each operator.

    Parameters
    ----------
    inputs : GraphInputs
    n_outputs : int
    hidden_layer_sizes, activation, activation_params, dropout, normalization, skip, jumping, drop_edge, penalise
        See :func:`deepstat.architectures.graphs.build_stack.build_stack`.
    eps : float
        A node counts ``1 + eps`` times in its own sum.
    learn_eps : bool
    operator_normalization : {"none", "batch", "layer"}
        Inside the operators.

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

    def make(n_in: int, n_out: int, is_last: bool) -> tuple[nn.Module, int]:
        graph = {"n_types": inputs.n_edge_types, "n_edge_features": inputs.n_edge_features}
        return GIN(
            n_in, n_out, eps=eps, learn_eps=learn_eps, normalization=operator_normalization, **graph
        ), n_out

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
