"""Spectral network by Chebyshev polynomials."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import nn

from deepstat.architectures.graphs.build_stack import build_stack
from deepstat.data.graph_inputs import GraphInputs
from deepstat.layers.graph.chebyshev import Chebyshev


def chebyshev(
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
    order: int = 2,
    lambda_max: float | str = 2.0,
) -> nn.Module:
    """Build a spectral network whose filters are polynomials of the Laplacian.

    Parameters
    ----------
    inputs : GraphInputs
    n_outputs : int
    hidden_layer_sizes, activation, activation_params, dropout, normalization, skip, jumping, drop_edge, penalise
        See :func:`deepstat.architectures.graphs.build_stack.build_stack`.
    order : int
        Degree of the polynomials.
    lambda_max : float or "computed"
        Largest eigenvalue of the Laplacian, or how to find it; see
        :class:`deepstat.layers.graph.chebyshev.Chebyshev`.

    Returns
    -------
    nn.Module

    References
    ----------
    Defferrard, Bresson and Vandergheynst (2016), CNNs on graphs with fast localized
    spectral filtering, NeurIPS.

    Examples
    --------
    >>> network = chebyshev(GraphInputs(n_numeric=3), 2)
    >>> len(network.operators)
    2
    """

    def make(n_in: int, n_out: int, is_last: bool) -> tuple[nn.Module, int]:
        graph = {"n_types": inputs.n_edge_types, "n_edge_features": inputs.n_edge_features}
        return Chebyshev(n_in, n_out, order=order, lambda_max=lambda_max, **graph), n_out

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
