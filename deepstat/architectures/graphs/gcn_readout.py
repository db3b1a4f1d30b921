"""Graph convolutional network of whole graphs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import nn

from deepstat.architectures.graphs.build_readout import build_readout
from deepstat.data.graph_inputs import GraphInputs
from deepstat.layers.graph.gcn import GCN


def gcn_readout(
    inputs: GraphInputs,
    n_outputs: int,
    *,
    hidden_layer_sizes: Sequence[int] = (64, 64, 64),
    activation: Callable[..., Any] = torch.relu,
    activation_params: Mapping[str, Any] | None = None,
    normalization: str = "none",
    readout: str = "mean",
    jumping: str = "last",
    head_layer_sizes: Sequence[int] = (),
    dropout: float = 0.5,
) -> nn.Module:
    """Build graph convolutions, a mean over nodes, and an affine map.

    Parameters
    ----------
    inputs : GraphInputs
    n_outputs : int
    hidden_layer_sizes, activation, activation_params, normalization, readout, jumping, head_layer_sizes, dropout
        See :func:`deepstat.architectures.graphs.build_readout.build_readout`.

    Returns
    -------
    nn.Module

    References
    ----------
    Kipf and Welling (2017), Semi-supervised classification with graph convolutional networks, ICLR.

    Examples
    --------
    >>> len(gcn_readout(GraphInputs(n_numeric=3), 2).operators)
    3
    """
    return build_readout(
        inputs,
        n_outputs,
        GCN,
        hidden_layer_sizes=hidden_layer_sizes,
        activation=activation,
        activation_params=activation_params,
        normalization=normalization,
        readout=readout,
        jumping=jumping,
        head_layer_sizes=head_layer_sizes,
        dropout=dropout,
    )
