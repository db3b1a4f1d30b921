"""Graph convolutional network."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import nn

from deepstat.architectures.graphs.build_stack import build_stack
from deepstat.data.graph_inputs import GraphInputs
from deepstat.layers.graph.gcn import GCN


def gcn(
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
    penalise: str = "first",
    self_loops: bool = True,
) -> nn.Module:
    """Build a graph convolutional network; the defaults are the paper's.

    Parameters
    ----------
    inputs : GraphInputs
    n_outputs : int
    hidden_layer_sizes, activation, activation_params, dropout, normalization, skip, jumping, drop_edge, penalise
        See :func:`deepstat.architectures.graphs.build_stack.build_stack`.
    self_loops : bool
        Whether a node is its own neighbour.

    Returns
    -------
    nn.Module

    References
    ----------
    Kipf and Welling (2017), Semi-supervised classification with graph convolutional networks, ICLR.

    Examples
    --------
    >>> [tuple(p.shape) for p in gcn(GraphInputs(n_numeric=3), 2).parameters()]
    [(16,), (16, 3), (2,), (2, 16)]
    """

    def make(n_in: int, n_out: int, is_last: bool) -> tuple[nn.Module, int]:
        return GCN(n_in, n_out, self_loops=self_loops), n_out

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
