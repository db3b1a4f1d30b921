"""Graph attention network with dynamic attention."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import nn

from deepstat.architectures.graphs.build_stack import build_stack
from deepstat.data.graph_inputs import GraphInputs
from deepstat.layers.graph.gatv2 import GATv2


def gatv2(
    inputs: GraphInputs,
    n_outputs: int,
    *,
    hidden_layer_sizes: Sequence[int] = (64,),
    activation: Callable[..., Any] = torch.nn.functional.elu,
    activation_params: Mapping[str, Any] | None = None,
    dropout: float = 0.6,
    normalization: str = "none",
    skip: str = "none",
    jumping: str = "none",
    drop_edge: float = 0.0,
    penalise: str = "all",
    heads: int = 8,
    output_heads: int = 1,
    attention_dropout: float = 0.6,
    self_loops: bool = True,
    share_weights: bool = False,
) -> nn.Module:
    """Build a graph attention network whose ranking of neighbours may differ from node to node.

    Parameters
    ----------
    inputs : GraphInputs
    n_outputs : int
    hidden_layer_sizes, activation, activation_params, dropout, normalization, skip, jumping, drop_edge, penalise
        See :func:`deepstat.architectures.graphs.build_stack.build_stack`.
    heads : int
        Of hidden layers, side by side: their widths must be multiples of it.
    output_heads : int
        Of the last layer, averaged.
    attention_dropout : float
        Probability of dropping a coefficient of attention.
    self_loops : bool
        Whether a node attends to itself.
    share_weights : bool
        Whether both ends of an edge are mapped by the same weights.

    Returns
    -------
    nn.Module

    References
    ----------
    Brody, Alon and Yahav (2022), How attentive are graph attention networks?, ICLR.

    Examples
    --------
    >>> network = gatv2(GraphInputs(n_numeric=3), 2)
    >>> len(network.operators)
    2
    """

    def make(n_in: int, n_out: int, is_last: bool) -> tuple[nn.Module, int]:
        graph = {"n_types": inputs.n_edge_types, "n_edge_features": inputs.n_edge_features}
        own = {
            "attention_dropout": attention_dropout,
            "self_loops": self_loops,
            "share_weights": share_weights,
            **graph,
        }
        if is_last:
            return GATv2(n_in, n_out, heads=output_heads, concat=False, **own), n_out
        return GATv2(n_in, n_out, heads=heads, **own), n_out

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
