"""DiffPool: nodes are pooled by a soft assignment that a graph operator computes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import nn

from deepstat.architectures.graphs.build_pooled import build_pooled
from deepstat.data.graph_inputs import GraphInputs


def diff_pool(
    inputs: GraphInputs,
    n_outputs: int,
    *,
    sizes: Sequence[int] = (10,),
    hidden: int = 64,
    operator: str = "graph_sage",
    readout: str = "max",
    jumping: bool = True,
    activation: Callable[..., Any] = torch.relu,
    dropout: float = 0.0,
    link_weight: float = 1.0,
    entropy_weight: float = 1.0,
) -> nn.Module:
    """Build operators with soft assignments to ever fewer clusters between them.

    Parameters
    ----------
    inputs : GraphInputs
    n_outputs : int
    sizes : sequence of int
        Clusters after each pooling.
    hidden, operator, readout, jumping, activation, dropout
        See :func:`deepstat.architectures.graphs.build_pooled.build_pooled`.
    link_weight, entropy_weight : float
        Weights of two terms added to the loss: how badly clusters say which nodes are linked, and how undecided the
        assignment is. See :class:`deepstat.layers.pooling.diff_pool.DiffPool`.

    Returns
    -------
    nn.Module

    References
    ----------
    Ying, You, Morris, Ren, Hamilton and Leskovec (2018), Hierarchical graph representation learning with differentiable
    pooling, NeurIPS.

    Examples
    --------
    >>> len(diff_pool(GraphInputs(n_numeric=3), 2).poolings)
    1
    """
    return build_pooled(
        inputs,
        n_outputs,
        "diff_pool",
        sizes=sizes,
        pooling_params={"link_weight": link_weight, "entropy_weight": entropy_weight},
        hidden=hidden,
        operator=operator,
        readout=readout,
        jumping=jumping,
        activation=activation,
        dropout=dropout,
    )
