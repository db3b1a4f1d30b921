"""Periodic embeddings of numeric columns."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from deepstat.layers.feature_linear import FeatureLinear


class PeriodicEmbedding(nn.Module):
    """Embed each numeric column by waves of trained frequencies, an affine map and a ReLU.

    Column j becomes ``relu(W_j [sin v, cos v] + b_j)`` with ``v = 2 π c_j x_j``, where the frequencies
    ``c_j`` start as normal draws with standard deviation `sigma` (in cycles per unit of the standardised
    column). It gives a network sharp functions of single columns, which a plain MLP learns slowly; a large
    `sigma` overfits. This is PLR of Gorishniy et al.

    With `phase` the waves are ``cos(2 π (c_j x_j + φ_j))`` with trained phases, which start uniform in a whole turn:
    half as many numbers for the affine map. With `dense` the column itself is appended to its outputs, so that the
    identity need not be learned. Both without the ReLU are PBLD of Holzmüller et al.

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
        False leaves the ReLU out.
    phase : bool
        Whether each frequency has one cosine with a trained phase, and not a sine and a cosine.
    dense : bool
        Whether a column's outputs end with the column itself.

    Attributes
    ----------
    n_features_out : int
        Number of outputs: for each column `n_outputs`, and one more if `dense`.
    frequency : Parameter of shape (n_features, 1, n_frequencies)
    phase : Parameter of that shape or None
        In turns, uniform in ±1/2 at the start.

    References
    ----------
    Gorishniy, Rubachev and Babenko (2022), On embeddings for numerical features in tabular deep learning.
    Holzmüller, Grinsztajn and Steinwart (2024), Better by default: strong pre-tuned MLPs and boosted trees on tabular
    data.

    Examples
    --------
    >>> PeriodicEmbedding(3, n_outputs=4)(torch.zeros(5, 3)).shape
    torch.Size([5, 12])
    >>> PeriodicEmbedding(3, n_outputs=3, relu=False, phase=True, dense=True)(torch.zeros(5, 3)).shape
    torch.Size([5, 12])
    """

    def __init__(
        self,
        n_features: int,
        n_frequencies: int = 16,
        n_outputs: int = 8,
        sigma: float = 0.1,
        relu: bool = True,
        phase: bool = False,
        dense: bool = False,
    ) -> None:
        super().__init__()
        self.frequency = nn.Parameter(torch.randn(n_features, 1, n_frequencies) * sigma)
        n_waves = n_frequencies if phase else 2 * n_frequencies
        self.phase = nn.Parameter(torch.rand_like(self.frequency) - 0.5) if phase else None
        self.linear = FeatureLinear(n_features, n_waves, n_outputs, relu=relu)
        self.dense = dense
        self.n_features_out = n_features * (n_outputs + dense)

    def forward(self, x: Tensor) -> Tensor:
        """Map (n, n_features) to (n, n_features_out), the outputs of one column side by side."""
        column = x.t().unsqueeze(-1)
        if self.phase is None:
            angle = column * (2.0 * math.pi * self.frequency)
            out = self.linear(torch.cat([angle.sin(), angle.cos()], -1))
        else:
            turns = torch.addcmul(self.phase, column, self.frequency)
            out = self.linear((2.0 * math.pi * turns).cos())
        if not self.dense:
            return out
        return torch.cat([out.unflatten(1, (x.shape[1], -1)), x.unsqueeze(-1)], -1).flatten(1)
