"""Columns whose tails are compressed."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class SymLog(nn.Module):
    """Leave what lies within ±3 as it is and take the logarithm of what lies beyond: ``sign(x) (3 + log(|x| - 2))``.

    Of a standardised column with short tails nothing changes. One with long tails, whose few largest values would
    otherwise rule a network's linear path, keeps its order: 100 standard deviations become 7.6. The map is smooth, and
    goes on growing outside the sample.

    References
    ----------
    Webber (2012), A bi-symmetric log transformation for wide-range data, Measurement Science and Technology, for the
    idea.

    Examples
    --------
    >>> SymLog()(torch.tensor([[-2.0, 3.0, 4.0, -100.0]]))
    tensor([[-2.0000,  3.0000,  3.6931, -7.5850]])
    """

    def forward(self, x: Tensor) -> Tensor:
        """Map (n, n_features) to the same shape."""
        beyond = x.abs() - 3.0
        # The logarithm is taken of all entries, cut, so that its gradient is finite where it is not used.
        return torch.where(beyond > 0.0, x.sign() * (3.0 + beyond.clamp(min=0.0).log1p()), x)
