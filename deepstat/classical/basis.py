"""Well-conditioned coordinates of a design matrix, and back to the units of the data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

# Distance of a column of length one from the span of the columns before it, once centred; dummy traps leave 1e-15.
_ALIASED = 1e-11


def basis_of(X: Tensor, names: Sequence[str]) -> Basis:
    """Centre, scale and orthogonalise the columns of a design matrix.

    Newton's Hessian then has the condition of the weights and not that of X (5e9 for the Longley data), and
    coefficients come back to the units of X by one triangular product.

    Parameters
    ----------
    X : Tensor of shape (n, p)
        With its column of ones, if it has one: the other columns are centred by it.
    names : sequence of str
        Of the columns, for the message.

    Raises
    ------
    ValueError
        Some columns are constant or linear combinations of others; the message names them and the rank.

    Examples
    --------
    >>> X = torch.tensor([[1.0, 1947.0], [1.0, 1948.0], [1.0, 1949.0]], dtype=torch.float64)
    >>> basis = basis_of(X, ("Intercept", "year"))
    >>> (basis.columns.T @ basis.columns).round(decimals=9).abs()
    tensor([[3., 0.],
            [0., 3.]], dtype=torch.float64)
    >>> torch.allclose(X @ basis.transform, basis.columns)
    True
    """
    n, p = X.shape
    X = X.to(torch.float64)
    standard, matrix, has_intercept = _standardised(X)
    Q, R = torch.linalg.qr(standard)
    sign = torch.where(R.diagonal() < 0, -1.0, 1.0)
    Q[:, : len(sign)] *= sign
    R[: len(sign)] *= sign[:, None]
    pivots = torch.zeros(p, dtype=X.dtype)
    pivots[: min(n, p)] = R.diagonal().abs() / n**0.5
    aliased = (pivots <= _ALIASED).nonzero()[:, 0].tolist()
    if aliased:
        listed = ", ".join(repr(names[j]) for j in aliased[:10]) + (", ..." if len(aliased) > 10 else "")
        raise ValueError(
            f"The design has rank {p - len(aliased)} of {p} columns on {n} rows: {listed} are constant or linear "
            "combinations of the columns before them; leave them out."
        )
    transform = torch.linalg.solve_triangular(R / n**0.5, matrix, upper=True, left=False)
    return Basis(Q * n**0.5, transform, has_intercept)


def _standardised(X: Tensor) -> tuple[Tensor, Tensor, bool]:
    """Return centred columns of mean square one, the matrix that makes them of X, and whether X has a constant."""
    n, p = X.shape
    standard, matrix = X.clone(), torch.eye(p, dtype=X.dtype)
    constant = ((X[:1] == X).all(0) & (X[0] != 0)).nonzero()[:, 0].tolist()
    if constant:
        one = constant[0]
        others = [j for j in range(p) if j != one]
        center = X[:, others].mean(0)
        standard[:, others] -= center
        matrix[one, others] = -center / X[0, one]
        exact = torch.linalg.vector_norm(standard, dim=0) <= 1e-13 * torch.linalg.vector_norm(X, dim=0)
        standard[:, exact] = 0.0  # what centring a constant leaves is rounding, not a direction
    length = torch.linalg.vector_norm(standard, dim=0)
    unit = torch.where(length > 0, length, 1.0) / n**0.5
    return standard / unit, matrix / unit, bool(constant)


def dependent_columns(X: Tensor) -> tuple[int, ...]:
    """Return the columns that are constant or linear combinations of those before them.

    Unlike the pivots of one decomposition, a dependent column takes no direction from those after it.

    Parameters
    ----------
    X : Tensor of shape (n, p)
        With its column of ones, if it has one.

    Examples
    --------
    >>> dependent_columns(torch.tensor([[1.0, 2.0, 4.0, 1.0], [1.0, 3.0, 6.0, 5.0], [1.0, 5.0, 10.0, 0.0]]))
    (2,)
    """
    n, p = X.shape
    standard = _standardised(X.to(torch.float64))[0] / n**0.5
    if n >= p and bool((torch.linalg.qr(standard).R.diagonal().abs() > _ALIASED).all()):
        return ()
    directions = torch.zeros(n, 0, dtype=torch.float64)
    found = []
    for j, column in enumerate(standard.T):
        rest = column
        for _ in range(2):  # twice is enough, to rounding
            rest = rest - directions @ (directions.T @ rest)
        left = torch.linalg.vector_norm(rest)
        if left <= _ALIASED:
            found.append(j)
        else:
            directions = torch.cat([directions, (rest / left)[:, None]], dim=1)
    return tuple(found)


@dataclass(frozen=True)
class Basis:
    """Orthogonal columns ``X @ transform`` of mean square one; see :func:`basis_of`.

    Attributes
    ----------
    columns : Tensor of shape (n, p)
    transform : Tensor of shape (p, p)
        Coefficients in the units of X are ``transform @ coordinates``.
    has_intercept : bool
        Whether a column of X is a constant.
    """

    columns: Tensor
    transform: Tensor
    has_intercept: bool = True

    def coordinates(self, coefficients: Tensor) -> Tensor:
        """Return the coordinates (..., p) of coefficients (..., p) in the units of X."""
        return torch.linalg.solve(self.transform, coefficients[..., None])[..., 0]
