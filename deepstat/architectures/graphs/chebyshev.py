"""Spectral network by Chebyshev polynomials."""

from __future__ import annotations

from functools import partial
from typing import Any

from torch import nn

from deepstat.architectures.graphs.build_stack import build_stack
from deepstat.architectures.takes_options_of import takes_options_of
from deepstat.data.graph_inputs import GraphInputs
from deepstat.layers.graph.chebyshev import Chebyshev


@takes_options_of(build_stack, hidden_layer_sizes=(16,), dropout=0.5)
def chebyshev(
    inputs: GraphInputs, n_outputs: int, *, order: int = 2, lambda_max: float | str = 2.0, **stack: Any
) -> nn.Module:
    """Build a spectral network whose filters are polynomials of the Laplacian.

    Parameters
    ----------
    inputs : GraphInputs
    n_outputs : int
    order : int
        Degree of the polynomials.
    lambda_max : float or "computed"
        Largest eigenvalue of the Laplacian, or how to find it; see
        :class:`deepstat.layers.graph.chebyshev.Chebyshev`.
    **stack
        Options of :func:`deepstat.architectures.graphs.build_stack.build_stack`.

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
    return build_stack(inputs, n_outputs, partial(Chebyshev, order=order, lambda_max=lambda_max), **stack)
