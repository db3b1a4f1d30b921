"""A design matrix as Q R, once for all members that share it."""

from __future__ import annotations

import torch
from torch import Tensor

from deepstat.solvers.double import double

# On columns of length one, the part of a column outside the span of those before it; below: aliased. Dummy traps
# leave 1e-15, NIST's hardest full-rank problem (Filip) 1e-9.
_ALIASED = 1e-11


class Orthogonal:
    """X = Q R by Householder on scaled columns, leaving out columns aliased with earlier ones.

    Problems are solved in the coordinates of Q, where they are as well conditioned as the weights allow, whatever X
    looks like, and mapped back.

    Parameters
    ----------
    X : Tensor of shape (n, p)

    Attributes
    ----------
    kept : Tensor of shape (r,), int64
        Columns that are not aliased, in order; r is the rank.
    X, Q : Tensor of shape (n, r)
    R : Tensor of shape (r, r)

    Examples
    --------
    >>> import torch
    >>> Orthogonal(torch.tensor([[1.0, 2.0, 0.0], [1.0, 2.0, 1.0], [1.0, 2.0, 3.0]])).kept
    tensor([0, 2])
    """

    def __init__(self, X: Tensor) -> None:
        X = double("X", X, (2,))
        self.n, self.p = X.shape
        length = torch.linalg.vector_norm(X, dim=0)
        self.kept = (length > 0).nonzero()[:, 0]
        while True:
            self.X = X[:, self.kept]
            self.Q, R = torch.linalg.qr(self.X / length[self.kept])
            small = (R.diagonal().abs() <= _ALIASED).nonzero()[:, 0]
            if len(small) == 0 and len(self.kept) <= self.n:
                break
            # Only the first is certain: behind it, Q has a column of rounding errors.
            first = int(small[0]) if len(small) else self.n
            self.kept = torch.cat([self.kept[:first], self.kept[first + 1 :]])
        self.R = R * length[self.kept]

    def solve(self, theta: Tensor) -> Tensor:
        """Return R⁻¹ theta for theta (..., r): coefficients of the kept columns from those of Q."""
        flat = theta.reshape(-1, theta.shape[-1]).mT
        return torch.linalg.solve_triangular(self.R, flat, upper=True).mT.reshape(theta.shape)

    def inverse(self, middle: Tensor) -> Tensor:
        """Return R⁻¹ middle R⁻' for a symmetric middle (..., r, r)."""
        left = torch.linalg.solve_triangular(self.R, middle, upper=True)
        return torch.linalg.solve_triangular(self.R, left.mT, upper=True)

    def spread(self, coefficients: Tensor, fill: float = torch.nan) -> Tensor:
        """Return (..., p) from (..., r), with `fill` where columns were left out."""
        if len(self.kept) == self.p:
            return coefficients
        wide = coefficients.new_full((*coefficients.shape[:-1], self.p), fill)
        wide[..., self.kept] = coefficients
        return wide
