"""The hidden layers of a perceptron, as the recipes of tables build them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from torch import nn

from deepstat.layers.activation import make_activation
from deepstat.layers.dropout import Dropout
from deepstat.layers.normalization import make_normalization


def hidden_layers(
    n_inputs: int,
    n_outputs: int,
    sizes: Sequence[int],
    *,
    activation: Callable[..., Any],
    activation_params: Mapping[str, Any] | None = None,
    dropout: float = 0.0,
    normalization: str = "none",
    affine: Callable[[int, int], nn.Module] = nn.Linear,
) -> nn.Sequential:
    """Build affine map, normalisation, activation and dropout for each hidden layer, and the affine map to the outputs.

    Parameters
    ----------
    n_inputs, n_outputs : int
    sizes : sequence of int
        Widths of the hidden layers.
    activation, activation_params, dropout, normalization
        As for :func:`deepstat.architectures.mlp.mlp`.
    affine : callable
        ``affine(n_inputs, n_outputs)`` builds an affine map.

    Examples
    --------
    >>> import torch
    >>> hidden_layers(3, 1, (4,), activation=torch.tanh)
    Sequential(
      (linear_0): Linear(in_features=3, out_features=4, bias=True)
      (activation_0): ActivationLayer(tanh)
      (output): Linear(in_features=4, out_features=1, bias=True)
    )
    """
    layers = nn.Sequential()
    width = n_inputs
    for number, size in enumerate(map(int, sizes)):
        layers.add_module(f"linear_{number}", affine(width, size))
        if (norm := make_normalization(normalization, size)) is not None:
            layers.add_module(f"norm_{number}", norm)
        layers.add_module(f"activation_{number}", make_activation(activation, activation_params))
        if dropout > 0.0:
            layers.add_module(f"dropout_{number}", Dropout(dropout))
        width = size
    layers.add_module("output", affine(width, n_outputs))
    return layers
