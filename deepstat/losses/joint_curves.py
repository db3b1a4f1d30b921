"""Several quantiles or expectiles from one network, which cannot cross."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor
from torch.nn.functional import softplus


@dataclass(frozen=True)
class JointCurves:
    """The mean over levels of the quantile (or expectile) loss: ``loss(raw (n, q), target (n, 1)) -> (n,)``.

    Without crossing the level nearest one half has a raw output of its own, and each other level adds the softplus of
    its raw output to its neighbour on that side: curves are ordered at every x, in floating point too (ties can occur
    where a gap is too small to change the sum).

    Parameters
    ----------
    levels : tuple of q floats in (0, 1), increasing
    kind : {"quantile", "expectile"}
    ordered : bool
        False: each raw output is a curve of its own, and curves may cross.

    References
    ----------
    Koenker and Bassett (1978), Regression quantiles, Econometrica 46; Newey and Powell (1987), Asymmetric least squares
    estimation and testing, Econometrica 55.

    Examples
    --------
    >>> loss = JointCurves((0.1, 0.5, 0.9))
    >>> loss.curves(torch.tensor([[-1.0, 0.0, 2.0]]))
    tensor([[-0.3133,  0.0000,  2.1269]])
    >>> loss(torch.tensor([[-1.0, 0.0, 2.0]]), torch.tensor([[1.0]]))
    tensor([0.2480])
    """

    levels: tuple[float, ...]
    kind: Literal["quantile", "expectile"] = "quantile"
    ordered: bool = True

    @property
    def anchor(self) -> int:
        """Place of the level nearest one half."""
        return min(range(len(self.levels)), key=lambda j: abs(self.levels[j] - 0.5))

    def curves(self, raw: Tensor) -> Tensor:
        """Map raw outputs (n, q) to the curves (n, q)."""
        if not self.ordered or len(self.levels) == 1:
            return raw
        a = self.anchor
        middle = raw[:, a : a + 1]
        parts = [middle]
        if a > 0:
            below = softplus(raw[:, :a]).flip(1).cumsum(1).flip(1)
            parts.insert(0, middle - below)
        if a + 1 < len(self.levels):
            parts.append(middle + softplus(raw[:, a + 1 :]).cumsum(1))
        return torch.cat(parts, dim=1)

    def raw_of(self, curves: Tensor) -> Tensor:
        """Invert :meth:`curves` for one row (q,); gaps below 1e-3 are taken as that."""
        if not self.ordered:
            return curves
        a = self.anchor
        gaps = curves.diff().clamp(min=1e-3)
        raw = gaps + torch.log(-torch.expm1(-gaps))
        return torch.cat([raw[:a], curves[a : a + 1], raw[a:]])

    def __call__(self, raw: Tensor, target: Tensor) -> Tensor:
        """Return (n,) losses, averaged over levels."""
        residual = target - self.curves(raw)
        tau = torch.tensor(self.levels, dtype=raw.dtype, device=raw.device)
        if self.kind == "quantile":
            return (tau * residual - residual.clamp(max=0.0)).mean(dim=1)
        side = (residual < 0).to(residual.dtype)
        return ((tau - side).abs() * residual.square()).mean(dim=1)
