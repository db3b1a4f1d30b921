"""MinCut: nodes are pooled by a soft assignment that cuts few edges."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import nn

from deepstat.architectures.graphs.build_pooled import build_pooled
from deepstat.data.graph_inputs import GraphInputs


def min_cut(
    inputs: GraphInputs,
    n_outputs: int,
    *,
    sizes: Sequence[int] = (10,),
    hidden: int = 64,
    operator: str = "gcn",
    readout: str = "mean",
    jumping: bool = True,
    activation: Callable[..., Any] = torch.relu,
    dropout: float = 0.0,
    cut_weight: float = 1.0,
    orthogonality_weight: float = 1.0,
) -> nn.Module:
    """Build operators with soft assignments to ever fewer clusters between them, trained to cut few edges.

    Parameters
    ----------
    inputs : GraphInputs
    n_outputs : int
    sizes : sequence of int
        Clusters after each pooling.
    hidden, operator, readout, jumping, activation, dropout
        See :func:`deepstat.architectures.graphs.build_pooled.build_pooled`.
    cut_weight, orthogonality_weight : float
        Weights of two terms added to the loss: the edges between clusters, and how far clusters overlap or differ in
        size. See :class:`deepstat.layers.pooling.min_cut.MinCut`.

    Returns
    -------
    nn.Module

    References
    ----------
    Bianchi, Grattarola and Alippi (2020), Spectral clustering with graph neural networks for graph pooling, ICML.

    Examples
    --------
    >>> len(min_cut(GraphInputs(n_numeric=3), 2).poolings)
    1
    """
    return build_pooled(
        inputs,
        n_outputs,
        "min_cut",
        sizes=sizes,
        pooling_params={"cut_weight": cut_weight, "orthogonality_weight": orthogonality_weight},
        hidden=hidden,
        operator=operator,
        readout=readout,
        jumping=jumping,
        activation=activation,
        dropout=dropout,
    )
