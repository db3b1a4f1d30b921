"""Columns whose tails are compressed."""

from __future__ import annotations

from torch import Tensor, nn


class SymLog(nn.Module):
    """Leave what lies within ±3 as it is and bend what lies beyond: there ``|x|`` becomes ``3 + asinh(|x| - 3)``.

    Of a standardised column with short tails nothing changes. One with long tails, whose few largest values would
    otherwise rule a network's linear path, keeps its order: 100 standard deviations become 8.3. The map is smooth, and
    goes on growing outside the sample, as a logarithm.

    References
    ----------
    Webber (2012), A bi-symmetric log transformation for wide-range data, Measurement Science and Technology, for the
    idea; Burbidge, Magee and Robb (1988), Alternative transformations to handle extreme values of the dependent
    variable, JASA, for the inverse hyperbolic sine.

    Examples
    --------
    >>> import torch
    >>> SymLog()(torch.tensor([[-2.0, 3.0, 4.0, -100.0]]))
    tensor([[-2.0000,  3.0000,  3.8814, -8.2679]])
    """

    def forward(self, x: Tensor) -> Tensor:
        """Map (n, n_features) to the same shape."""
        inside = x.clamp(-3.0, 3.0)
        return inside + (x - inside).asinh()
