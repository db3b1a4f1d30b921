"""Leaky rectifier whose slope is trained."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class PReLU(nn.Module):
    """x where x > 0 and else slope x, with one trained slope a layer.

    Parameters
    ----------
    slope : float
        Its value before training.

    Attributes
    ----------
    slope : nn.Parameter of shape (1,)

    References
    ----------
    He, Zhang, Ren and Sun (2015), Delving deep into rectifiers.

    Examples
    --------
    >>> PReLU(slope=0.5)(torch.tensor([-1.0, 2.0])).tolist()
    [-0.5, 2.0]
    """

    def __init__(self, slope: float = 0.25) -> None:
        super().__init__()
        self.slope = nn.Parameter(torch.tensor([float(slope)]))

    def forward(self, x: Tensor) -> Tensor:
        """Apply the unit; same shape."""
        # relu + slope (x - relu) in two kernel calls; under autocast x is of lower precision than the slope.
        return torch.lerp(torch.relu(x), x, self.slope.to(x.dtype))

    def extra_repr(self) -> str:
        """Show the slope."""
        return f"slope={self.slope.item():.4g}"
