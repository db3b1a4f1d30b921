"""Least squares by QR, many responses or weightings of one design at once."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from deepstat.solvers.double import double
from deepstat.solvers.gram import gram
from deepstat.solvers.orthogonal import Orthogonal

# Smallest squared pivot (of a unit-diagonal Gram) at which normal equations with one refinement keep QR's accuracy.
_PIVOT = 1e-6


class LeastSquares(NamedTuple):
    """Coefficients, (X'WX)⁻¹ and rank; NaN in the first two marks columns that are aliased with earlier ones."""

    coefficients: Tensor
    inverse: Tensor
    rank: Tensor


def least_squares(X: Tensor | Orthogonal, Y: Tensor, weight: Tensor | None = None) -> LeastSquares:
    """Minimise sum_i w_i (y_i - x_i'b)² exactly, for one or many y and weightings of the same X.

    The design is scaled and orthogonalised once, X = Q R (Householder). Without weights that is the solution. With
    weights every member solves the normal equations of Q, whose condition is that of the weights and not that of X,
    followed by one step of refinement; members whose weights make even these ill conditioned (a factor level not
    drawn) get a QR of their own. So 1,000 bootstrap fits cost one matrix product, at the accuracy of QR.

    Parameters
    ----------
    X : Tensor of shape (n, p), or Orthogonal of it
        Pass ``Orthogonal(X)`` where several calls share X.
    Y : Tensor of shape (n,), (K, n) or (n, r)
        (n, n) is read as (K, n).
    weight : Tensor of shape (K, n), optional
        Non-negative. Not together with Y of shape (n, r).

    Returns
    -------
    LeastSquares
        ``coefficients``: (p,) for Y (n,), (p, r) for Y (n, r), and (K, p) where Y or weight has K; ``inverse``
        (p, p) without weight, else (K, p, p); ``rank`` () or (K,), int64. A column that depends linearly on the
        columns before it is dropped, and its coefficient, row and column of the inverse are NaN.

    Raises
    ------
    ValueError
        On shapes that do not fit, non-finite entries and negative weights.

    Examples
    --------
    >>> import torch
    >>> X = torch.tensor([[1.0, 0.0], [1.0, 1.0], [1.0, 2.0]])
    >>> coefficients, inverse, rank = least_squares(X, torch.tensor([1.0, 3.0, 5.0]))
    >>> torch.round(coefficients, decimals=9), int(rank)
    (tensor([1., 2.], dtype=torch.float64), 2)

    References
    ----------
    Björck (1996), Numerical Methods for Least Squares Problems, sections 2.4 and 6.6.
    """
    design = X if isinstance(X, Orthogonal) else Orthogonal(X)
    Y = double("Y", Y, (1, 2))
    n = design.n
    if n not in (Y.shape[-1], Y.shape[0]):
        raise ValueError(f"Y has shape {tuple(Y.shape)}, allowed for {n} rows: ({n},), (K, {n}) or ({n}, r).")
    columns = Y.dim() == 2 and Y.shape[-1] != n
    if columns:
        Y = Y.T
    if weight is None:
        out = _unweighted(design, Y)
        return out._replace(coefficients=out.coefficients.T) if columns else out
    weight = double("weight", weight, (2,))
    if columns or weight.shape[1] != n or (Y.dim() == 2 and len(Y) not in (1, len(weight))):
        raise ValueError(
            f"weight {tuple(weight.shape)} does not go with Y {tuple(Y.T.shape if columns else Y.shape)}: pass "
            f"weight (K, {n}) and Y ({n},) or (K, {n})."
        )
    if (weight < 0).any():
        raise ValueError("weight has negative entries; weights are zero or positive.")
    return _weighted(design, Y, weight)


def _unweighted(design: Orthogonal, Y: Tensor) -> LeastSquares:
    b = design.solve(Y @ design.Q)
    b = b + design.solve((Y - b @ design.X.T) @ design.Q)
    inverse = design.inverse(torch.eye(len(design.kept), dtype=Y.dtype, device=Y.device))
    return _pack(design, b, inverse, torch.tensor(len(design.kept), device=Y.device))


def _weighted(design: Orthogonal, Y: Tensor, weight: Tensor) -> LeastSquares:
    r = len(design.kept)
    normal = gram(design.Q, weight)
    unit = normal.diagonal(dim1=1, dim2=2).sqrt()
    unit = torch.where(unit > 0, unit, 1.0)
    factor, info = torch.linalg.cholesky_ex(normal / (unit[:, :, None] * unit[:, None, :]))
    good = (info == 0) & (factor.diagonal(dim1=1, dim2=2).square() > _PIVOT).all(1)
    eye = torch.eye(r, dtype=Y.dtype, device=Y.device)
    factor = torch.where(good[:, None, None], factor * unit[:, :, None], eye)

    def solve(response: Tensor) -> Tensor:
        return design.solve(
            torch.cholesky_solve(((weight * response) @ design.Q)[:, :, None], factor)[:, :, 0]
        )

    b = solve(Y)
    b = b + solve(Y - b @ design.X.T)
    inverse = design.inverse(torch.cholesky_inverse(factor))
    rank = torch.full((len(weight),), r, device=Y.device)
    for k in (~good).nonzero()[:, 0].tolist():
        root = weight[k].sqrt()
        drawn = root > 0
        y = Y if Y.dim() == 1 else Y[k if len(Y) > 1 else 0]
        own = _unweighted(Orthogonal(design.X[drawn] * root[drawn, None]), y[drawn] * root[drawn])
        b[k], inverse[k], rank[k] = own
    return _pack(design, b, inverse, rank)


def _pack(design: Orthogonal, b: Tensor, inverse: Tensor, rank: Tensor) -> LeastSquares:
    return LeastSquares(design.spread(b), design.spread(design.spread(inverse).mT), rank)
