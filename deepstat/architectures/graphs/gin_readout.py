"""Graph isomorphism network of whole graphs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import torch
from torch import nn

from deepstat.architectures.graphs.build_readout import build_readout
from deepstat.data.graph_inputs import GraphInputs
from deepstat.layers.graph.gin import GIN


def gin_readout(
    inputs: GraphInputs,
    n_outputs: int,
    *,
    hidden_layer_sizes: Sequence[int] = (32, 32, 32, 32, 32),
    activation: Callable[..., Any] = torch.relu,
    activation_params: Mapping[str, Any] | None = None,
    normalization: str = "batch",
    learn_eps: bool = False,
    readout: str = "sum",
    jumping: str = "inputs",
    head_layer_sizes: Sequence[int] = (),
    dropout: float = 0.5,
) -> nn.Module:
    """Build a graph isomorphism network; the defaults are the paper's: five operators, sums of every layer read out.

    Parameters
    ----------
    inputs : GraphInputs
    n_outputs : int
    hidden_layer_sizes, activation, activation_params, readout, jumping, head_layer_sizes, dropout
        See :func:`deepstat.architectures.graphs.build_readout.build_readout`.
    normalization : {"none", "batch", "layer"}
        Inside the multilayer perceptron of each operator, and of its outputs.
    learn_eps : bool
        Whether a node's own weight among its neighbours is trained.

    Returns
    -------
    nn.Module

    References
    ----------
    Xu, Hu, Leskovec and Jegelka (2019), How powerful are graph neural networks?, ICLR.

    Examples
    --------
    >>> gin_readout(GraphInputs(n_numeric=3), 2, hidden_layer_sizes=(8, 8)).head
    Sequential(
      (0): Dropout(p=0.5)
      (1): Linear(in_features=19, out_features=2, bias=True)
    )
    """
    make = partial(
        GIN, normalization=normalization, learn_eps=learn_eps, n_edge_features=inputs.n_edge_features
    )
    return build_readout(
        inputs,
        n_outputs,
        make,
        hidden_layer_sizes=hidden_layer_sizes,
        activation=activation,
        activation_params=activation_params,
        normalization=normalization,
        readout=readout,
        jumping=jumping,
        head_layer_sizes=head_layer_sizes,
        dropout=dropout,
    )
