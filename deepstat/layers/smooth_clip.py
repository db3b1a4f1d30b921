"""Robust scaling of numeric columns, with a smooth bound on what lies far out."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from deepstat.layers.quantile_edges import quantile_edges


class SmoothClip(nn.Module):
    """Centre by medians, scale by interquartile ranges, and bend what is far out towards ±3.

    ``z = (x - median) / (q75 - q25)`` becomes ``z / sqrt(1 + (z / 3)²)``. Where the quartiles are equal z is divided by
    half the range instead, and a constant column becomes 0. An outlier moves neither median nor quartiles and comes out
    below 3, while the order of the values is kept.

    Parameters
    ----------
    n_features : int
        Number of columns.
    sample : Tensor of shape (n, n_features) or None
        Rows that the quantiles are of; None for a network whose values will be loaded.
    weight : Tensor of shape (n,) or None
        Frequencies of the rows.

    Attributes
    ----------
    center, factor : Tensor of shape (n_features,)
        Buffers: medians, and reciprocal scales (0 for constant columns).

    References
    ----------
    Holzmüller, Grinsztajn and Steinwart (2024), Better by default: strong pre-tuned MLPs and boosted trees on tabular
    data.

    Examples
    --------
    >>> layer = SmoothClip(1, torch.tensor([[0.0], [1.0], [2.0], [3.0], [1000.0]]))
    >>> layer(torch.tensor([[2.0], [4.0], [1000.0]]))
    tensor([[0.0000],
            [0.9487],
            [2.9999]])
    """

    center: Tensor
    factor: Tensor

    def __init__(self, n_features: int, sample: Tensor | None = None, weight: Tensor | None = None) -> None:
        super().__init__()
        center, factor = torch.zeros(n_features), torch.ones(n_features)
        if sample is not None and n_features > 0:
            low, first, center, third, high = quantile_edges(sample, 4, weight).unbind(1)
            scale = torch.where(third > first, third - first, (high - low) / 2)
            factor = torch.nan_to_num(
                1.0 / scale, posinf=0.0
            )  # too small to be divided by counts as constant
        self.register_buffer("center", center.clone())
        self.register_buffer("factor", factor.clone())

    def forward(self, x: Tensor) -> Tensor:
        """Map (n, n_features) to the same shape."""
        z = (x - self.center) * self.factor
        return z * (1.0 + (z / 3.0).square()).rsqrt()
