"""One affine map for each feature."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class FeatureLinear(nn.Module):
    """Map each feature's vector by weights of its own and lay the results side by side.

    Parameters
    ----------
    n_features, n_inputs, n_outputs : int
        Each of the `n_features` features has `n_inputs` numbers, which become `n_outputs`.
    relu : bool
        Whether to apply max(0, ·) to the result.

    Attributes
    ----------
    weight : Parameter of shape (n_features, n_inputs, n_outputs)
    bias : Parameter of shape (n_features, 1, n_outputs)
        Both start uniform in ±1 / sqrt(n_inputs), as ``nn.Linear``.

    References
    ----------
    Gorishniy, Rubachev and Babenko (2022), On embeddings for numerical features in tabular deep learning.

    Examples
    --------
    >>> layer = FeatureLinear(3, 5, 2, relu=False)
    >>> layer(torch.zeros(3, 7, 5)).shape
    torch.Size([7, 6])
    """

    def __init__(self, n_features: int, n_inputs: int, n_outputs: int, *, relu: bool) -> None:
        super().__init__()
        bound = n_inputs**-0.5
        self.weight = nn.Parameter(torch.empty(n_features, n_inputs, n_outputs).uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.empty(n_features, 1, n_outputs).uniform_(-bound, bound))
        self.relu = relu

    def forward(self, features: Tensor) -> Tensor:
        """Map (n_features, n, n_inputs) to (n, n_features * n_outputs)."""
        out = torch.baddbmm(self.bias, features, self.weight).transpose(0, 1).flatten(1)
        return torch.relu(out) if self.relu else out
