"""Networks that keep the nodes with the highest scores."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import nn

from deepstat.architectures.graphs.build_pooled import build_pooled
from deepstat.data.graph_inputs import GraphInputs


def top_k(
    inputs: GraphInputs,
    n_outputs: int,
    *,
    sizes: Sequence[float] = (0.5,),
    hidden: int = 64,
    operator: str = "gcn",
    readout: str = "mean",
    jumping: bool = True,
    activation: Callable[..., Any] = torch.relu,
    dropout: float = 0.0,
    gate: str = "tanh",
) -> nn.Module:
    """Build operators with a choice of nodes between them.

    Parameters
    ----------
    inputs : GraphInputs
    n_outputs : int
    sizes : sequence of float
        Share of the nodes that each pooling keeps.
    hidden, operator, readout, jumping, activation, dropout
        See :func:`deepstat.architectures.graphs.build_pooled.build_pooled`.
    gate : {"tanh", "sigmoid"}
        Of the score that a node is chosen by, and multiplied with.

    Returns
    -------
    nn.Module

    References
    ----------
    Cangea, Velickovic, Jovanovic, Kipf and Lio (2018), Towards sparse hierarchical graph classifiers. Gao and Ji
    (2019), Graph U-Nets, ICML.

    Examples
    --------
    >>> len(top_k(GraphInputs(n_numeric=3), 2).poolings)
    1
    """
    return build_pooled(
        inputs,
        n_outputs,
        "top_k",
        sizes=sizes,
        pooling_params={"gate": gate},
        hidden=hidden,
        operator=operator,
        readout=readout,
        jumping=jumping,
        activation=activation,
        dropout=dropout,
    )
