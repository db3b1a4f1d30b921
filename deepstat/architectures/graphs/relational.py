"""Relational graph convolutional network."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import nn

from deepstat.architectures.graphs.build_stack import build_stack
from deepstat.data.graph_inputs import GraphInputs
from deepstat.layers.graph.relational import Relational


def relational(
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
    penalise: str = "all",
    n_bases: int | None = None,
    n_blocks: int | None = None,
) -> nn.Module:
    """Build a network with weights for each type of edge.

    Parameters
    ----------
    inputs : GraphInputs
    n_outputs : int
    hidden_layer_sizes, activation, activation_params, dropout, normalization, skip, jumping, drop_edge, penalise
        See :func:`deepstat.architectures.graphs.build_stack.build_stack`.
    n_bases : int or None
        The weights of all types are mixtures of so many; None: each type has its own.
    n_blocks : int or None
        The weights of a type are block-diagonal with so many blocks, in hidden layers; they must divide all widths.

    Returns
    -------
    nn.Module

    References
    ----------
    Schlichtkrull, Kipf, Bloem, van den Berg, Titov and Welling (2018), Modeling relational data with graph
    convolutional networks, ESWC.

    Examples
    --------
    >>> network = relational(GraphInputs(n_numeric=3), 2)
    >>> len(network.operators)
    2
    """

    def make(n_in: int, n_out: int, is_last: bool) -> tuple[nn.Module, int]:
        graph = {"n_types": inputs.n_edge_types, "n_edge_features": inputs.n_edge_features}
        blocks = None if is_last else n_blocks
        return Relational(n_in, n_out, n_bases=n_bases, n_blocks=blocks, **graph), n_out

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
