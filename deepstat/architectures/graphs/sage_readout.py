"""GraphSAGE of whole graphs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import torch
from torch import nn

from deepstat.architectures.graphs.build_readout import build_readout
from deepstat.data.graph_inputs import GraphInputs
from deepstat.layers.graph.graph_sage import GraphSAGE


def sage_readout(
    inputs: GraphInputs,
    n_outputs: int,
    *,
    hidden_layer_sizes: Sequence[int] = (32, 32, 32),
    activation: Callable[..., Any] = torch.relu,
    activation_params: Mapping[str, Any] | None = None,
    aggregator: str = "mean",
    normalization: str = "none",
    readout: str = "max",
    jumping: str = "all",
    head_layer_sizes: Sequence[int] = (32,),
    dropout: float = 0.0,
) -> nn.Module:
    """Build operators of GraphSAGE, a readout of every layer, and a hidden layer; as in Errica et al. (2020).

    Parameters
    ----------
    inputs : GraphInputs
    n_outputs : int
    aggregator : {"mean", "max", "sum"}
        Of a node's neighbours.
    hidden_layer_sizes, activation, activation_params, normalization, readout, jumping, head_layer_sizes, dropout
        See :func:`deepstat.architectures.graphs.build_readout.build_readout`.

    Returns
    -------
    nn.Module

    References
    ----------
    Hamilton, Ying and Leskovec (2017), Inductive representation learning on large graphs, NeurIPS. Errica, Podda,
    Bacciu and Micheli (2020), A fair comparison of graph neural networks for graph classification, ICLR.

    Examples
    --------
    >>> sage_readout(GraphInputs(n_numeric=3), 2, hidden_layer_sizes=(8, 8)).head[0]
    Linear(in_features=16, out_features=32, bias=True)
    """
    return build_readout(
        inputs,
        n_outputs,
        partial(GraphSAGE, aggregator=aggregator),
        hidden_layer_sizes=hidden_layer_sizes,
        activation=activation,
        activation_params=activation_params,
        normalization=normalization,
        readout=readout,
        jumping=jumping,
        head_layer_sizes=head_layer_sizes,
        dropout=dropout,
    )
