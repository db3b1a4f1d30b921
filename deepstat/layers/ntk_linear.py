"""Affine maps in the parametrisation of the neural tangent kernel."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor, nn


class NTKLinear(nn.Linear):
    """The affine map ``W x / sqrt(n_inputs) + b`` with weights of unit variance at the start.

    At the start it is ``nn.Linear`` with weights of variance ``1 / n_inputs``. In training it differs: an optimizer
    whose steps have the size of the learning rate, as Adam's, moves the map by ``1 / sqrt(n_inputs)`` of what it would
    move that of ``nn.Linear``, so that one learning rate serves layers of every width. Rates are higher than usual:
    0.04 to 0.2. Biases learn at a tenth of the rate.

    Parameters
    ----------
    in_features, out_features : int

    Attributes
    ----------
    weight : Parameter of shape (out_features, in_features)
        Standard normal draws.
    bias : Parameter of shape (out_features,)
        Zeros.

    References
    ----------
    Jacot, Gabriel and Hongler (2018), Neural tangent kernel: convergence and generalization in neural networks,
    NeurIPS. Holzmüller, Grinsztajn and Steinwart (2024), Better by default, NeurIPS, for the rates.

    Examples
    --------
    >>> layer = NTKLinear(4, 2)
    >>> x = torch.ones(3, 4)
    >>> torch.allclose(layer(x), (layer.weight / 2).sum(1).expand(3, 2))
    True
    """

    learning_rate_factors: ClassVar[dict[str, float]] = {"bias": 0.1}

    def __init__(self, in_features: int, out_features: int) -> None:
        super().__init__(in_features, out_features)

    def reset_parameters(self) -> None:
        """Start anew."""
        nn.init.normal_(self.weight)
        nn.init.zeros_(self.bias)

    def forward(self, x: Tensor) -> Tensor:
        """Map (n, in_features) to (n, out_features)."""
        return torch.addmm(self.bias, x, self.weight.t(), alpha=self.in_features**-0.5)
