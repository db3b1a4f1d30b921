"""TabM: perceptrons that share their matrices, as one network with heads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import nn

from deepstat.architectures.check_options import check_choice, check_count, check_dropout
from deepstat.architectures.encode_columns import encode_columns
from deepstat.architectures.takes_options_of import takes_options_of
from deepstat.data.inputs import Inputs
from deepstat.layers.activation import make_activation
from deepstat.layers.batch_ensemble import BatchEnsemble
from deepstat.layers.dropout import Dropout
from deepstat.layers.head_linear import HeadLinear


@takes_options_of(encode_columns)
def tabm(
    inputs: Inputs,
    n_outputs: int,
    *,
    n_heads: int = 16,
    width: int = 128,
    n_blocks: int = 2,
    shared: str = "full",
    dropout: float = 0.1,
    activation: Callable[..., Any] = torch.relu,
    activation_params: Mapping[str, Any] | None = None,
    **columns: Any,
) -> nn.Module:
    """Build an ensemble of multilayer perceptrons in one network, each layer of which has one matrix for all of them.

    Each head has its own loss, and training lowers their mean, so that heads learn to predict well by themselves; what
    is averaged is their predictions. Heads differ by the adapters that the first layer starts with, and by their
    output layers. Weights decay (`l2`) with the adapters among them, as published.

    Parameters
    ----------
    inputs : Inputs
    n_outputs : int
    n_heads : int
        Number of perceptrons.
    width : int
        Width of each hidden layer.
    n_blocks : int
        Number of hidden layers: affine map, activation and dropout.
    shared : {"full", "mini"}
        "full": every hidden layer is a :class:`deepstat.layers.batch_ensemble.BatchEnsemble`, with adapters and a
        bias for each head. "mini": heads share the hidden layers as they are, and only scale the features by adapters
        of their own.
    dropout : float
        Probability of dropping a hidden unit; each head drops its own.
    activation, activation_params
        As for :func:`deepstat.architectures.mlp.mlp`.
    **columns
        Options of :class:`deepstat.layers.column_encoder.ColumnEncoder`: ``numeric_embedding``,
        ``numeric_embedding_params``, ``embedding_dim``, ``one_hot_max``, ``category_encoding``, ``numeric_scaling``.
        The first adapters are random signs, or standard normal where numeric columns are embedded.

    Returns
    -------
    nn.Module
        With an attribute ``n_heads``; it maps (n, width) to (n, n_heads, n_outputs).

    References
    ----------
    Gorishniy, Kotelnikov and Babenko (2025), TabM: advancing tabular deep learning with parameter-efficient ensembling,
    ICLR.

    Examples
    --------
    >>> tabm(Inputs(n_numeric=3), 2, n_heads=4, width=8, n_blocks=1)
    Sequential(
      (linear_0): BatchEnsemble(n_heads=4, in_features=3, out_features=8)
      (activation_0): ActivationLayer(relu)
      (dropout_0): Dropout(p=0.10000000149011612)
      (output): HeadLinear(n_heads=4, in_features=8, out_features=2)
    )
    """
    check_count("n_heads", n_heads)
    check_count("width", width)
    check_count("n_blocks", n_blocks)
    check_choice("shared", shared, ("full", "mini"))
    check_dropout("dropout", dropout)
    encoder = encode_columns(inputs, **columns)
    first = "signs" if encoder.numeric is None else "normal"
    later = "ones" if shared == "full" else None
    network = nn.Sequential()
    network.n_heads = int(n_heads)  # type: ignore[assignment]
    if not encoder.identity:
        network.add_module("encoder", encoder)
    size = encoder.n_features
    for number in range(n_blocks):
        layer = BatchEnsemble(
            n_heads, size, width, inputs=first if number == 0 else later, outputs=shared == "full"
        )
        network.add_module(f"linear_{number}", layer)
        network.add_module(f"activation_{number}", make_activation(activation, activation_params))
        if dropout > 0.0:
            network.add_module(f"dropout_{number}", Dropout(dropout))
        size = width
    network.add_module("output", HeadLinear(n_heads, size, n_outputs))
    return network
