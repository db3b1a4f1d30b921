"""Linear expectile regression with its own sandwich."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from deepstat.classical.basis import Basis, basis_of
from deepstat.classical.clusters import clusters
from deepstat.classical.data_key import data_key
from deepstat.classical.result import ClassicalResult
from deepstat.classical.sandwich import Correction, sandwich
from deepstat.solvers.expectile import expectile
from deepstat.solvers.solution import Solution

NO_LIKELIHOOD = "An expectile regression has no likelihood, and so no AIC, BIC or deviance."


def expectile_fit(
    X: Tensor,
    y: Tensor,
    expectiles: float | Sequence[float],
    *,
    weight: Tensor | None = None,
    offset: Tensor | None = None,
    names: Sequence[str] | None = None,
) -> ExpectileFit:
    """Fit a line for each expectile and member: asymmetric least squares.

    Parameters
    ----------
    X : Tensor of shape (n, p)
        With its column of ones.
    y : Tensor of shape (n,) or (K, n)
    expectiles : float or sequence of float
        T levels in (0, 1); 0.5 is least squares.
    weight : Tensor of shape (n,) or (K, n), optional
        Frequencies.
    offset : Tensor of shape (n,), optional
    names : sequence of str, optional
        Of the columns.

    Returns
    -------
    ExpectileFit

    Raises
    ------
    ValueError
        A level outside (0, 1), shapes that do not fit, dependent columns.

    Examples
    --------
    >>> fit = expectile_fit(torch.ones(3, 1), torch.tensor([0.0, 1.0, 5.0]), [0.5, 0.8])
    >>> fit.coefficients[0, :, 0].round(decimals=6)
    tensor([2.0000, 3.5000], dtype=torch.float64)
    """
    levels = tuple(float(q) for q in np.atleast_1d(expectiles))
    X, y = X.to(torch.float64), torch.atleast_2d(y.to(torch.float64))
    labels = tuple(names or (f"x{j}" for j in range(X.shape[1])))
    basis = basis_of(X, labels)
    if offset is not None:
        y = y - offset
    weight = None if weight is None else torch.atleast_2d(weight.to(torch.float64))
    solution = expectile(basis.columns, y, torch.tensor(levels, dtype=torch.float64), weight)
    return ExpectileFit(basis, y, weight, levels, solution, labels)


@dataclass(frozen=True, eq=False)
class ExpectileFit:
    """K members by T expectiles; see :func:`expectile_fit`.

    Attributes
    ----------
    basis : Basis
    y : Tensor of shape (1 or K, n)
        Less the offset.
    weight : Tensor of shape (1 or K, n) or None
    expectiles : tuple of float
    solution : Solution
        In coordinates of the basis.
    names : tuple of str
    """

    basis: Basis
    y: Tensor
    weight: Tensor | None
    expectiles: tuple[float, ...]
    solution: Solution
    names: tuple[str, ...]

    @property
    def coefficients(self) -> Tensor:
        """Coefficients in the units of the data, (K, T, p)."""
        return self.solution.x @ self.basis.transform.T


def expectile_result(
    fit: ExpectileFit,
    member: int = 0,
    expectile: int = 0,
    *,
    covariance: str = "HC1",
    groups: NDArray | None = None,
    correction: Correction = "full",
    target: str = "y",
    notes: Sequence[str] = (),
) -> ClassicalResult:
    """Report one expectile of one member.

    Parameters
    ----------
    fit : ExpectileFit
    member : int
    expectile : int
        Place among ``fit.expectiles``.
    covariance : {"HC0", "HC1", "HC2", "HC3", "cluster"}
        (X'AX)⁻¹ X'A²R²X (X'AX)⁻¹ with the asymmetric weights A and residuals R; HC2 and HC3 by the hat matrix of the
        weighted fit. There is no covariance under equal variances: expectiles other than 0.5 have no such theory.
    groups, correction
        As in :func:`deepstat.classical.sandwich.sandwich`.
    target : str
    notes : sequence of str

    References
    ----------
    Newey and Powell (1987), Asymmetric least squares estimation and testing, Econometrica 55.

    Examples
    --------
    >>> fit = expectile_fit(torch.ones(4, 1), torch.tensor([0.0, 1.0, 2.0, 5.0]), 0.5)
    >>> np.asarray(expectile_result(fit, covariance="HC1").bse).round(4)
    array([1.0801])
    """
    level, transform = fit.expectiles[expectile], fit.basis.transform.numpy()
    Q, x = fit.basis.columns.numpy(), fit.solution.x[member, expectile].numpy()
    y = fit.y[member if len(fit.y) > 1 else 0].numpy()
    w = np.ones(len(y)) if fit.weight is None else fit.weight[member if len(fit.weight) > 1 else 0].numpy()
    residual = y - Q @ x
    asymmetric = np.where(residual < 0, 1.0 - level, level)
    bread = np.linalg.inv((Q * (w * asymmetric)[:, None]).T @ Q)
    scores = Q * (asymmetric * residual)[:, None]
    leverage = asymmetric * np.einsum("ij,jk,ik->i", Q, bread, Q)
    inner = sandwich(
        bread, scores, covariance, weight=w, leverage=leverage, groups=groups, correction=correction
    )
    words, df_test = clusters(groups, w, correction) if covariance == "cluster" else (covariance, None)
    n, p = float(w.sum()), len(x)
    return ClassicalResult(
        model=f"Expectile regression at {level:g}",
        names=fit.names,
        estimate=transform @ x,
        covariance=transform @ inner @ transform.T,
        covariance_name=words,
        n_obs=n,
        df_resid=n - p,
        use_t=True,
        df_test=df_test,
        target=target,
        n_estimated=p,
        values={"objective": float(w @ (asymmetric * residual**2))},
        refusals=dict.fromkeys(("llf", "deviance"), NO_LIKELIHOOD),
        family=f"expectile {level}",
        data_key=data_key(y, w),
        link="identity",
        n_mean=p,
        converged=bool(fit.solution.converged[member, expectile]),
        n_iter=int(fit.solution.n_iter[member, expectile]),
        score_norm=float(np.linalg.norm(np.linalg.solve(transform.T, scores.T @ w))),
        notes=tuple(notes),
        method="Asymmetric least squares",
    )
