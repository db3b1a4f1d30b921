"""What the recipes of networks of whole graphs share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import torch
from torch import nn

from deepstat.architectures.check_options import check_choice, check_counts, check_dropout
from deepstat.data.graph_inputs import GraphInputs
from deepstat.layers.pooling.make_readout import READOUTS
from deepstat.layers.pooling.readout_network import JUMPING, ReadoutNetwork


def build_readout(
    inputs: GraphInputs,
    n_outputs: int,
    operator: Callable[..., nn.Module],
    *,
    hidden_layer_sizes: Sequence[int],
    activation: Callable[..., Any] = torch.relu,
    activation_params: Mapping[str, Any] | None = None,
    normalization: str = "none",
    readout: str = "sum",
    jumping: str = "all",
    head_layer_sizes: Sequence[int] = (),
    dropout: float = 0.0,
) -> nn.Module:
    """Build operators of the hidden widths, readouts and a head.

    Parameters
    ----------
    inputs : GraphInputs
    n_outputs : int
    operator : callable
        ``operator(n_in, n_out, *, n_types, n_edge_features)``: a layer.
    hidden_layer_sizes : sequence of int
        Widths of the operators.
    activation, activation_params : callable, mapping or None
    normalization : {"none", "batch", "layer"}
        Of the outputs of operators.
    readout : {"sum", "mean", "max", "attention", "set2set"}
        How the nodes of a graph become one row.
    jumping : {"inputs", "all", "last"}
        What is read out: features and all layers, all layers, or the last.
    head_layer_sizes : sequence of int
        Hidden layers between the readouts and the outputs.
    dropout : float
        Before the last affine map.

    Returns
    -------
    nn.Module
        ``forward(features, edges) -> (n_graphs, n_outputs)``.

    Examples
    --------
    >>> from deepstat.layers.graph.gcn import GCN
    >>> len(build_readout(GraphInputs(n_numeric=3), 2, GCN, hidden_layer_sizes=(8, 8)).readouts)
    2
    """
    check_counts("hidden_layer_sizes", hidden_layer_sizes)
    check_counts("head_layer_sizes", head_layer_sizes)
    check_dropout("dropout", dropout)
    check_choice("normalization", normalization, ("none", "batch", "layer"))
    check_choice("readout", readout, READOUTS)
    check_choice("jumping", jumping, JUMPING)
    widths = [inputs.n_features, *map(int, hidden_layer_sizes)]
    of_edges = {"n_types": inputs.n_edge_types, "n_edge_features": inputs.n_edge_features}
    return ReadoutNetwork(
        [operator(*pair, **of_edges) for pair in pairwise(widths)],
        widths,
        n_outputs,
        activation=activation,
        activation_params=activation_params,
        normalization=normalization,
        readout=readout,
        jumping=jumping,
        hidden_widths=[int(size) for size in head_layer_sizes],
        dropout=dropout,
    )
