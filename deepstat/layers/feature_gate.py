"""One trained factor for each feature."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class FeatureGate(nn.Module):
    """Multiply each feature by a factor of its own, which starts at one.

    With an optimizer that moves every parameter by about the same step, such as Adam, a factor is what a feature's
    importance can be learned by in few steps, where the first affine map would have to move all of its weights. With
    penalties on the weights, useless features are shrunk first.

    Parameters
    ----------
    n_features : int

    Attributes
    ----------
    factor : Parameter of shape (n_features,)

    References
    ----------
    Holzmüller, Grinsztajn and Steinwart (2024), Better by default: strong pre-tuned MLPs and boosted trees on tabular
    data.

    Examples
    --------
    >>> gate = FeatureGate(2)
    >>> gate.factor.data[1] = 0.5
    >>> gate(torch.tensor([[1.0, 4.0]])).tolist()
    [[1.0, 2.0]]
    """

    def __init__(self, n_features: int) -> None:
        super().__init__()
        self.factor = nn.Parameter(torch.ones(n_features))

    def forward(self, x: Tensor) -> Tensor:
        """Map (n, n_features) to the same shape."""
        return x * self.factor
