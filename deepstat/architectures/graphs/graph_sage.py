"""GraphSAGE."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import nn

from deepstat.architectures.graphs.build_stack import build_stack
from deepstat.data.graph_inputs import GraphInputs
from deepstat.layers.graph.graph_sage import GraphSAGE


def graph_sage(
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
    aggregator: str = "mean",
    unit_rows: bool = False,
) -> nn.Module:
    """Build a GraphSAGE network.

    Parameters
    ----------
    inputs : GraphInputs
    n_outputs : int
    hidden_layer_sizes, activation, activation_params, dropout, normalization, skip, jumping, drop_edge, penalise
        See :func:`deepstat.architectures.graphs.build_stack.build_stack`.
    aggregator : {"mean", "max", "sum"}
    unit_rows : bool
        Whether the rows of hidden layers are divided by their length.

    Returns
    -------
    nn.Module

    References
    ----------
    Hamilton, Ying and Leskovec (2017), Inductive representation learning on large graphs, NeurIPS.

    Examples
    --------
    >>> network = graph_sage(GraphInputs(n_numeric=3), 2)
    >>> len(network.operators)
    2
    """

    def make(n_in: int, n_out: int, is_last: bool) -> tuple[nn.Module, int]:
        graph = {"n_types": inputs.n_edge_types, "n_edge_features": inputs.n_edge_features}
        return GraphSAGE(
            n_in, n_out, aggregator=aggregator, unit_rows=unit_rows and not is_last, **graph
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
