"""Graph U-Net."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from deepstat.architectures.check_options import check_count
from deepstat.architectures.graphs.build_stack import TYPE_WIDTH, TypedStack
from deepstat.data.graph_inputs import GraphInputs
from deepstat.layers.graph.typed_features import TypeEncoder
from deepstat.layers.pooling.graph_unet import GraphUNet


def graph_unet(
    inputs: GraphInputs,
    n_outputs: int,
    *,
    hidden: int = 64,
    depth: int = 3,
    ratio: float = 0.5,
    activation: Callable[..., Any] = torch.relu,
) -> nn.Module:
    """Build a Graph U-Net: convolutions on ever fewer nodes, then on ever more.

    Parameters
    ----------
    inputs : GraphInputs
    n_outputs : int
    hidden : int
        Width of all layers.
    depth : int
        Poolings.
    ratio : float
        Share of the nodes that each of them keeps.
    activation : callable

    Returns
    -------
    nn.Module
        For one member at a time: which nodes are kept depends on the weights.

    References
    ----------
    Gao and Ji (2019), Graph U-Nets, ICML.

    Examples
    --------
    >>> type(graph_unet(GraphInputs(n_numeric=3), 2)).__name__
    'GraphUNet'
    """
    check_count("hidden", hidden)
    check_count("depth", depth)
    width = TYPE_WIDTH if inputs.type_widths else inputs.n_features
    network = GraphUNet(width, n_outputs, hidden=hidden, depth=depth, ratio=ratio, activation=activation)
    return TypedStack(TypeEncoder(inputs.type_widths, TYPE_WIDTH), network) if inputs.type_widths else network
