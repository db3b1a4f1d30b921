"""The baseline that looks at the nodes of a graph and not at its edges."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import nn

from deepstat.architectures.graphs.build_readout import build_readout
from deepstat.data.graph_inputs import GraphInputs
from deepstat.layers.graph.node_map import NodeMap


def no_graph(
    inputs: GraphInputs,
    n_outputs: int,
    *,
    node_layer_sizes: Sequence[int] = (32,),
    hidden_layer_sizes: Sequence[int] = (32,),
    activation: Callable[..., Any] = torch.relu,
    activation_params: Mapping[str, Any] | None = None,
    normalization: str = "none",
    readout: str = "sum",
    dropout: float = 0.0,
) -> nn.Module:
    """Build a network of the multiset of a graph's nodes: what a graph network must beat to have used the edges.

    With node layers it is a deep multiset; with none, ``node_layer_sizes=()``, a molecular fingerprint: a network of
    the sums of the node features, which are counts where these say the type of an atom.

    Parameters
    ----------
    inputs : GraphInputs
    n_outputs : int
    node_layer_sizes : sequence of int
        Hidden layers of each node.
    hidden_layer_sizes : sequence of int
        Hidden layers after the readout.
    activation, activation_params, normalization, readout, dropout
        See :func:`deepstat.architectures.graphs.build_readout.build_readout`; `normalization` is that of node layers.

    Returns
    -------
    nn.Module

    References
    ----------
    Errica, Podda, Bacciu and Micheli (2020), A fair comparison of graph neural networks for graph classification, ICLR.
    Zaheer, Kottur, Ravanbakhsh, Poczos, Salakhutdinov and Smola (2017), Deep sets, NeurIPS.

    Examples
    --------
    >>> no_graph(GraphInputs(n_numeric=3), 2, node_layer_sizes=()).head[0]
    Linear(in_features=3, out_features=32, bias=True)
    """
    return build_readout(
        inputs,
        n_outputs,
        NodeMap,
        hidden_layer_sizes=node_layer_sizes,
        activation=activation,
        activation_params=activation_params,
        normalization=normalization,
        readout=readout,
        jumping="last",
        head_layer_sizes=hidden_layer_sizes,
        dropout=dropout,
    )
