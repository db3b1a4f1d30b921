"""Ordinary and weighted least squares, with frequencies and variance weights kept apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from deepstat.classical.basis import Basis, basis_of
from deepstat.classical.clusters import clusters
from deepstat.classical.data_key import data_key
from deepstat.classical.result import ClassicalResult
from deepstat.classical.sandwich import Correction, sandwich
from deepstat.solvers.least_squares import least_squares

_SATURATED = (
    "There are as many columns as rows, which leaves no residuals to judge errors by: leave out columns, or give more "
    "rows."
)
_EXACT = "All residuals are zero, and the likelihood of normal errors is unbounded."


def least_squares_fit(
    X: Tensor,
    y: Tensor,
    *,
    weight: Tensor | None = None,
    var_weight: Tensor | None = None,
    offset: Tensor | None = None,
    names: Sequence[str] | None = None,
) -> LeastSquaresFit:
    """Minimise the weighted sum of squares of K members that share a design.

    Parameters
    ----------
    X : Tensor of shape (n, p)
        With its column of ones, if it has one.
    y : Tensor of shape (n,) or (K, n)
    weight : Tensor of shape (n,) or (K, n), optional
        Frequencies: weight 2 is the row twice.
    var_weight : Tensor of shape (n,), optional
        Positive; the variance of row i is σ² / var_weight_i.
    offset : Tensor of shape (n,), optional
    names : sequence of str, optional
        Of the columns.

    Returns
    -------
    LeastSquaresFit
        Members whose weights leave the design without full rank have NaN.

    Raises
    ------
    ValueError
        Shapes do not fit, columns are dependent, or a variance weight is not positive.

    Examples
    --------
    >>> X = torch.tensor([[1.0, 0.0], [1.0, 1.0], [1.0, 2.0]])
    >>> least_squares_fit(X, torch.tensor([1.0, 3.0, 5.0])).coefficients.round(decimals=9)
    tensor([[1., 2.]], dtype=torch.float64)
    """
    X, y = X.to(torch.float64), y.to(torch.float64)
    names = tuple(names or (f"x{j}" for j in range(X.shape[1])))
    basis = basis_of(X, names)
    if offset is not None:
        y = y - offset
    if var_weight is not None and not (var_weight > 0).all():
        raise ValueError("var_weight has entries that are not positive: leave out these rows, or use weight.")
    weight = None if weight is None else torch.atleast_2d(weight.to(torch.float64))
    total = var_weight.to(torch.float64)[None] if var_weight is not None else None
    if weight is not None:
        total = weight if total is None else weight * total
    found = least_squares(basis.columns, torch.atleast_2d(y), total)
    x = torch.atleast_2d(found.coefficients)
    inverse = found.inverse.expand(len(x), -1, -1)
    return LeastSquaresFit(basis, torch.atleast_2d(y), weight, var_weight, x, inverse, names, offset)


@dataclass(frozen=True, eq=False)
class LeastSquaresFit:
    """K least squares fits; see :func:`least_squares_fit`.

    Attributes
    ----------
    basis : Basis
    y : Tensor of shape (1 or K, n)
        Less the offset.
    weight : Tensor of shape (1 or K, n) or None
    var_weight : Tensor of shape (n,) or None
    x : Tensor of shape (K, p)
        In coordinates of the basis.
    inverse : Tensor of shape (K, p, p)
        (X'WX)⁻¹ in those coordinates.
    names : tuple of str
    offset : Tensor of shape (n,) or None
    """

    basis: Basis
    y: Tensor
    weight: Tensor | None
    var_weight: Tensor | None
    x: Tensor
    inverse: Tensor
    names: tuple[str, ...]
    offset: Tensor | None = None

    @property
    def coefficients(self) -> Tensor:
        """Coefficients in the units of the data, (K, p)."""
        return self.x @ self.basis.transform.T


def least_squares_result(
    fit: LeastSquaresFit,
    member: int = 0,
    *,
    covariance: str = "nonrobust",
    groups: np.ndarray | None = None,
    correction: Correction = "full",
    use_t: bool = True,
    target: str = "y",
    notes: Sequence[str] = (),
) -> ClassicalResult:
    """Report one member's least squares fit.

    Parameters
    ----------
    fit : LeastSquaresFit
    member : int
    covariance : {"nonrobust", "HC0", "HC1", "HC2", "HC3", "cluster"}
        "nonrobust": SSR / (n - p) · (X'WX)⁻¹. None exists where n <= p.
    groups, correction
        As in :func:`deepstat.classical.sandwich.sandwich`.
    use_t : bool
        t with n - p (clusters: groups - 1) degrees of freedom, else normal.
    target : str
    notes : sequence of str

    Returns
    -------
    ClassicalResult
        Its log-likelihood is that of normal errors at SSR / n, and AIC does not count the variance.

    Examples
    --------
    >>> X = torch.tensor([[1.0, 0.0], [1.0, 1.0], [1.0, 2.0], [1.0, 3.0]])
    >>> fit = least_squares_fit(X, torch.tensor([1.0, 2.0, 2.0, 4.0]))
    >>> np.asarray(least_squares_result(fit).bse).round(4)
    array([0.495 , 0.2646])
    """
    Q = fit.basis.columns.numpy()
    n_rows, p = Q.shape
    pick = lambda value: value[member if len(value) > 1 else 0].numpy()  # noqa: E731
    y = pick(fit.y)
    w = np.ones(n_rows) if fit.weight is None else pick(fit.weight)
    v = np.ones(n_rows) if fit.var_weight is None else fit.var_weight.numpy().astype(np.float64)
    transform, inverse = fit.basis.transform.numpy(), fit.inverse[member].numpy()
    residual = y - Q @ fit.x[member].numpy()
    n = float(w.sum())
    ssr = float((w * v) @ residual**2)
    df = n - p
    scale = ssr / df if df > 0 else np.nan
    scores = Q * (v * residual)[:, None]
    df_test: float | None = None
    if df <= 0:
        inner, words = np.full_like(inverse, np.nan), "none"
    elif covariance == "nonrobust":
        inner, words = scale * inverse, "nonrobust"
    else:
        leverage = v * np.einsum("ij,jk,ik->i", Q, inverse, Q)
        inner = sandwich(
            inverse, scores, covariance, weight=w, leverage=leverage, groups=groups, correction=correction
        )
        words = covariance
        if covariance == "cluster":
            words, df_test = clusters(groups, w, correction)
    used = w > 0
    values, refusals = {"scale": scale, "ssr": ssr}, {} if df > 0 else {"bse": _SATURATED}
    if ssr > 0:
        values["llf"] = -0.5 * n * (np.log(2 * np.pi * ssr / n) + 1.0) + 0.5 * float(
            w[used] @ np.log(v[used])
        )
    else:
        refusals["llf"] = _EXACT
    ones = fit.basis.has_intercept
    center = float((w * v) @ y / (w * v).sum()) if ones else 0.0
    total = float((w * v) @ (y - center) ** 2)
    score = np.linalg.solve(transform.T, scores.T @ w) / (scale if scale > 0 else 1.0)
    return ClassicalResult(
        model="OLS" if fit.var_weight is None else "WLS",
        names=fit.names,
        estimate=fit.coefficients[member].numpy(),
        covariance=transform @ inner @ transform.T if df > 0 else None,
        covariance_name=words,
        n_obs=n,
        df_resid=df,
        use_t=use_t,
        df_test=df_test,
        target=target,
        n_estimated=p,
        values={**values, "rsquared": 1.0 - ssr / total if total else np.nan},
        refusals=refusals,
        family="normal",
        data_key=data_key(y, w, v),
        link="identity",
        n_mean=p,
        score_norm=float(np.linalg.norm(score)),
        notes=tuple(notes),
        method="Least squares",
    )
