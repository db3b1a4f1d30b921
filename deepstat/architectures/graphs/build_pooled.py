"""What the recipes of networks with poolings share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import nn

from deepstat.architectures.check_options import check_choice, check_count, check_dropout
from deepstat.data.graph_inputs import GraphInputs
from deepstat.layers.graph.gcn import GCN
from deepstat.layers.graph.gin import GIN
from deepstat.layers.graph.graph_sage import GraphSAGE
from deepstat.layers.pooling.make_readout import READOUTS
from deepstat.layers.pooling.pooled_network import PooledNetwork

OPERATORS: dict[str, Callable[..., nn.Module]] = {"gcn": GCN, "gin": GIN, "graph_sage": GraphSAGE}


def build_pooled(
    inputs: GraphInputs,
    n_outputs: int,
    pooling: str,
    pooling_params: Mapping[str, Any] | None = None,
    *,
    sizes: Sequence[float],
    hidden: int = 64,
    operator: str = "gcn",
    readout: str = "mean",
    jumping: bool = True,
    activation: Callable[..., Any] = torch.relu,
    dropout: float = 0.0,
) -> nn.Module:
    """Build operators with a pooling between each and the next, readouts of the levels, and a hidden layer.

    Parameters
    ----------
    inputs : GraphInputs
    n_outputs : int
    pooling : {"top_k", "diff_pool", "min_cut"}
    pooling_params : mapping or None
    sizes : sequence
        One entry a pooling: the share of the nodes that it keeps ("top_k"), or the number of its clusters.
    hidden : int
        Width of all levels, and of the hidden layer after the readouts.
    operator : {"gcn", "gin", "graph_sage"}
    readout : {"sum", "mean", "max", "attention", "set2set"}
    jumping : bool
        Whether all levels are read out, or the last alone.
    activation : callable
    dropout : float
        Of the hidden layer after the readouts.

    Returns
    -------
    nn.Module
        ``forward(features, edges) -> (n_graphs, n_outputs)``.

    Examples
    --------
    >>> len(build_pooled(GraphInputs(n_numeric=3), 2, "top_k", sizes=(0.5,)).operators)
    2
    """
    check_count("hidden", hidden)
    check_choice("operator", operator, OPERATORS)
    check_choice("readout", readout, READOUTS)
    check_dropout("dropout", dropout)
    return PooledNetwork(
        inputs.n_features,
        n_outputs,
        operator=OPERATORS[operator],
        pooling=pooling,
        sizes=sizes,
        pooling_params=pooling_params,
        readout=readout,
        jumping=jumping,
        hidden=int(hidden),
        activation=activation,
        dropout=dropout,
        n_types=inputs.n_edge_types,
        n_edge_features=inputs.n_edge_features,
    )
