"""An affine map of its own for each head of a network."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class HeadLinear(nn.Module):
    """Map each head's features by weights of its own: ``y_j = x_j W_j + b_j``.

    Parameters
    ----------
    n_heads, in_features, out_features : int

    Attributes
    ----------
    weight : Parameter of shape (n_heads, out_features, in_features)
    bias : Parameter of shape (n_heads, out_features)
        Both start uniform in ±1 / sqrt(in_features), as ``nn.Linear``.

    References
    ----------
    Gorishniy, Kotelnikov and Babenko (2025), TabM: advancing tabular deep learning with parameter-efficient ensembling,
    ICLR.

    Examples
    --------
    >>> HeadLinear(4, 3, 2)(torch.zeros(5, 4, 3)).shape
    torch.Size([5, 4, 2])
    """

    def __init__(self, n_heads: int, in_features: int, out_features: int) -> None:
        super().__init__()
        self.in_features, self.out_features = in_features, out_features
        bound = in_features**-0.5
        self.weight = nn.Parameter(torch.empty(n_heads, out_features, in_features).uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.empty(n_heads, out_features).uniform_(-bound, bound))

    def forward(self, x: Tensor) -> Tensor:
        """Map (n, n_heads, in_features) to (n, n_heads, out_features)."""
        return torch.baddbmm(self.bias.unsqueeze(1), x.transpose(0, 1), self.weight.mT).transpose(0, 1)

    def extra_repr(self) -> str:
        """Show the sizes."""
        return f"n_heads={len(self.bias)}, in_features={self.in_features}, out_features={self.out_features}"
