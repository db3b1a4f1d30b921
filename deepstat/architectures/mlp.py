"""Multilayer perceptron."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from deepstat.architectures.check_options import check_choice, check_counts, check_dropout
from deepstat.architectures.encode_columns import encode_columns
from deepstat.architectures.hidden_layers import hidden_layers
from deepstat.architectures.takes_options_of import takes_options_of
from deepstat.data.inputs import Inputs
from deepstat.layers.normalization import NORMALIZATIONS


@takes_options_of(encode_columns)
def mlp(
    inputs: Inputs,
    n_outputs: int,
    *,
    hidden_layer_sizes: Sequence[int] = (64, 64),
    activation: Callable[..., Any] = torch.relu,
    activation_params: Mapping[str, Any] | None = None,
    dropout: float = 0.0,
    normalization: str = "none",
    skip: bool = False,
    **columns: Any,
) -> nn.Module:
    """Build a multilayer perceptron: affine map, normalisation, activation and dropout for each hidden layer.

    Parameters
    ----------
    inputs : Inputs
    n_outputs : int
    hidden_layer_sizes : sequence of int
        Widths of the hidden layers; empty for an affine map of the encoded columns.
    activation : callable
        A function of a tensor, or a subclass of ``nn.Module``.
    activation_params : mapping or None
        Its options.
    dropout : float
        Probability of dropping a hidden unit.
    normalization : {"none", "batch", "layer"}
        See :func:`deepstat.layers.normalization.make_normalization`.
    skip : bool
        Whether to add a linear map of the encoded columns to the outputs, so that the hidden layers learn
        what a linear model leaves over.
    **columns
        Options of :class:`deepstat.layers.column_encoder.ColumnEncoder`: ``numeric_embedding``,
        ``numeric_embedding_params``, ``embedding_dim``, ``one_hot_max``, ``category_encoding``, ``numeric_scaling``.

    Returns
    -------
    nn.Module

    References
    ----------
    Rumelhart, Hinton and Williams (1986), Learning representations by back-propagating errors.

    Examples
    --------
    >>> mlp(Inputs(n_numeric=3), 2, hidden_layer_sizes=(4,))
    Sequential(
      (linear_0): Linear(in_features=3, out_features=4, bias=True)
      (activation_0): ActivationLayer(relu)
      (output): Linear(in_features=4, out_features=2, bias=True)
    )
    """
    check_counts("hidden_layer_sizes", hidden_layer_sizes)
    check_dropout("dropout", dropout)
    check_choice("normalization", normalization, NORMALIZATIONS)
    encoder = encode_columns(inputs, **columns)
    hidden = hidden_layers(
        encoder.n_features,
        n_outputs,
        hidden_layer_sizes,
        activation=activation,
        activation_params=activation_params,
        dropout=dropout,
        normalization=normalization,
    )
    network = LinearSkip(hidden, encoder.n_features, n_outputs) if skip else hidden
    # One flat sequence where nothing is embedded: each module on the way costs a microsecond a step.
    return network if encoder.identity else nn.Sequential(encoder, network)


class LinearSkip(nn.Module):
    """A network plus a linear map of its inputs.

    Parameters
    ----------
    network : nn.Module
        Maps (n, n_inputs) to (n, n_outputs), with an intercept of its own.
    n_inputs, n_outputs : int

    Examples
    --------
    >>> LinearSkip(nn.Linear(3, 2), 3, 2)(torch.zeros(5, 3)).shape
    torch.Size([5, 2])
    """

    def __init__(self, network: nn.Module, n_inputs: int, n_outputs: int) -> None:
        super().__init__()
        self.network = network
        self.linear = nn.Linear(n_inputs, n_outputs, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Map (n, n_inputs) to (n, n_outputs)."""
        return self.network(x) + self.linear(x)
