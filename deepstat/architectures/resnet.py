"""Residual network for tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from deepstat.architectures.check_options import check_choice, check_count, check_dropout, check_positive
from deepstat.architectures.encode_columns import encode_columns
from deepstat.architectures.takes_options_of import takes_options_of
from deepstat.data.inputs import Inputs
from deepstat.layers.activation import make_activation
from deepstat.layers.dropout import Dropout
from deepstat.layers.normalization import NORMALIZATIONS, make_normalization


@takes_options_of(encode_columns)
def resnet(
    inputs: Inputs,
    n_outputs: int,
    *,
    width: int = 128,
    n_blocks: int = 2,
    hidden_factor: float = 2.0,
    activation: Callable[..., Any] = torch.relu,
    activation_params: Mapping[str, Any] | None = None,
    dropout: float = 0.1,
    residual_dropout: float = 0.0,
    normalization: str = "layer",
    **columns: Any,
) -> nn.Module:
    """Build a residual network: an affine map to `width`, residual blocks, and a normalised output layer.

    The published network normalises by batches. The default here is layer normalisation, because a row's
    training signal then depends on that row alone: a weight of two equals the row twice, and odd last batches
    do no harm.

    Parameters
    ----------
    inputs : Inputs
    n_outputs : int
    width : int
        Width of the path that the blocks add to.
    n_blocks : int
        Number of blocks; 0 is allowed.
    hidden_factor : float
        Width inside a block, as a multiple of `width` (rounded, at least 1).
    activation, activation_params
        As for :func:`deepstat.architectures.mlp.mlp`.
    dropout : float
        Probability of dropping a hidden unit inside a block.
    residual_dropout : float
        Probability of dropping an entry of what a block adds.
    normalization : {"layer", "batch", "none"}
    **columns
        Options of :class:`deepstat.layers.column_encoder.ColumnEncoder`: ``numeric_embedding``,
        ``numeric_embedding_params``, ``embedding_dim``, ``one_hot_max``, ``category_encoding``, ``numeric_scaling``.

    Returns
    -------
    nn.Module

    References
    ----------
    Gorishniy, Rubachev, Khrulkov and Babenko (2021), Revisiting deep learning models for tabular data.

    Examples
    --------
    >>> resnet(Inputs(n_numeric=3), 2, width=8, n_blocks=1)(torch.zeros(5, 3)).shape
    torch.Size([5, 2])
    """
    check_count("width", width)
    check_count("n_blocks", n_blocks, least=0)
    check_positive("hidden_factor", hidden_factor)
    check_dropout("dropout", dropout)
    check_dropout("residual_dropout", residual_dropout)
    check_choice("normalization", normalization, NORMALIZATIONS)

    def normalize_activate(network: nn.Sequential, *between: tuple[str, nn.Module]) -> None:
        if (norm := make_normalization(normalization, width)) is not None:
            network.add_module("norm", norm)
        for name, module in between:
            network.add_module(name, module)
        network.add_module("activation", make_activation(activation, activation_params))

    encoder = encode_columns(inputs, **columns)
    inside = max(1, round(width * hidden_factor))
    network = nn.Sequential()
    if not encoder.identity:
        network.add_module("encoder", encoder)
    network.add_module("input", nn.Linear(encoder.n_features, width))
    for number in range(n_blocks):
        branch = nn.Sequential()
        normalize_activate(branch, ("widen", nn.Linear(width, inside)))
        if dropout > 0.0:
            branch.add_module("dropout", Dropout(dropout))
        branch.add_module("narrow", nn.Linear(inside, width))
        if residual_dropout > 0.0:
            branch.add_module("residual_dropout", Dropout(residual_dropout))
        network.add_module(f"block_{number}", Residual(branch))
    normalize_activate(network)
    network.add_module("output", nn.Linear(width, n_outputs))
    return network


class Residual(nn.Module):
    """A branch added to its input.

    Examples
    --------
    >>> Residual(nn.Identity())(torch.ones(1, 2))
    tensor([[2., 2.]])
    """

    def __init__(self, branch: nn.Module) -> None:
        super().__init__()
        self.branch = branch

    def forward(self, x: Tensor) -> Tensor:
        """Map (n, width) to the same shape."""
        return x + self.branch(x)
