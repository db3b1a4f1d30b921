"""Periodic embeddings of numeric columns."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from deepstat.layers.feature_linear import FeatureLinear


class PeriodicEmbedding(nn.Module):
    """Embed each numeric column by sines and cosines of trained frequencies, an affine map and a ReLU (PLR).

    Column j becomes ``relu(W_j [sin v, cos v] + b_j)`` with ``v = 2 π c_j x_j``, where the frequencies
    ``c_j`` start as normal draws with standard deviation `sigma` (in cycles per unit of the standardised
    column). It gives a network sharp functions of single columns, which a plain MLP learns slowly; a large
    `sigma` overfits.

    Parameters
    ----------
    n_features : int
        Number of columns.
    n_frequencies : int
        Frequencies for each column.
    n_outputs : int
        Outputs for each column.
    sigma : float
        Standard deviation of the initial frequencies.
    relu : bool
        False leaves the ReLU out (PL).

    Attributes
    ----------
    frequency : Parameter of shape (n_features, 1, n_frequencies)

    References
    ----------
    Gorishniy, Rubachev and Babenko (2022), On embeddings for numerical features in tabular deep learning.

    Examples
    --------
    >>> PeriodicEmbedding(3, n_outputs=4)(torch.zeros(5, 3)).shape
    torch.Size([5, 12])
    """

    def __init__(
        self,
        n_features: int,
        n_frequencies: int = 16,
        n_outputs: int = 8,
        sigma: float = 0.1,
        relu: bool = True,
    ) -> None:
        super().__init__()
        self.frequency = nn.Parameter(torch.randn(n_features, 1, n_frequencies) * sigma)
        self.linear = FeatureLinear(n_features, 2 * n_frequencies, n_outputs, relu=relu)

    def forward(self, x: Tensor) -> Tensor:
        """Map (n, n_features) to (n, n_features * n_outputs), the outputs of one column side by side."""
        angle = x.t().unsqueeze(-1) * (2.0 * math.pi * self.frequency)
        return self.linear(torch.cat([angle.sin(), angle.cos()], -1))
