"""Ridge, lasso and elastic net as scikit-learn parametrises them; without standard errors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from deepstat.classical.data_key import data_key
from deepstat.classical.result import ClassicalResult
from deepstat.solvers.coordinate_descent import coordinate_descent
from deepstat.solvers.solution import Solution

_NO_ERRORS = (
    "A penalised fit is biased on purpose, and its selected coefficients have no standard errors: use a bootstrap for "
    "their spread, or fit without a penalty."
)
_NO_LIKELIHOOD = (
    "A penalised fit is not at the maximum of a likelihood: there is no log-likelihood, AIC or BIC."
)


def penalised_fit(
    X: Tensor,
    y: Tensor,
    *,
    l1: float | Tensor = 0.0,
    l2: float | Tensor = 0.0,
    penalty_scale: Literal["raw", "standardised"] = "raw",
    weight: Tensor | None = None,
    offset: Tensor | None = None,
    names: Sequence[str] | None = None,
) -> PenalisedFit:
    """Minimise ``sum w (y - b0 - Xb)² / (2 sum w) + l1 sum |b_j| + l2 / 2 sum b_j²``, b0 free.

    =================================================  ============================================
    scikit-learn, on n rows                            here
    =================================================  ============================================
    ``Ridge(alpha)``                                   ``l2 = alpha / n``
    ``Lasso(alpha)``                                   ``l1 = alpha``
    ``ElasticNet(alpha, l1_ratio=r)``                  ``l1 = alpha * r, l2 = alpha * (1 - r)``
    =================================================  ============================================

    Parameters
    ----------
    X : Tensor of shape (n, p)
        Without a column of ones; columns may be dependent.
    y : Tensor of shape (n,) or (K, n)
    l1, l2 : float or Tensor of shape (K,)
        A path is K penalties of one y.
    penalty_scale : {"raw", "standardised"}
        Penalise coefficients of the columns as they are, or of columns divided by their standard deviation.
    weight : Tensor of shape (n,) or (K, n), optional
        Frequencies.
    offset : Tensor of shape (n,), optional
    names : sequence of str, optional
        Of the columns.

    Returns
    -------
    PenalisedFit

    References
    ----------
    Hoerl and Kennard (1970), Ridge regression; Tibshirani (1996), Regression shrinkage and selection via the lasso; Zou
    and Hastie (2005), Regularization and variable selection via the elastic net.

    Examples
    --------
    >>> X = torch.tensor([[-1.0, 1.0], [0.0, -2.0], [1.0, 1.0]])
    >>> penalised_fit(X, torch.tensor([1.0, 3.0, 5.0]), l1=0.5).coefficients
    tensor([[3.0000, 1.2500, 0.0000]], dtype=torch.float64)
    """
    if penalty_scale not in ("raw", "standardised"):
        raise ValueError(f"penalty_scale={penalty_scale!r} is not known: choose 'raw' or 'standardised'.")
    X, y = X.to(torch.float64), torch.atleast_2d(y.to(torch.float64))
    if offset is not None:
        y = y - offset
    weight = None if weight is None else torch.atleast_2d(weight.to(torch.float64))
    factor = None if penalty_scale == "raw" else _deviation(X, weight)
    solution = coordinate_descent(X, y, weight, l1=l1, l2=l2, factor=factor)
    labels = ("Intercept", *(names or (f"x{j}" for j in range(X.shape[1]))))
    return PenalisedFit(X, y, weight, solution, labels)


def _deviation(X: Tensor, weight: Tensor | None) -> Tensor:
    if weight is None:
        return X.std(0, correction=0)
    share = weight / weight.sum(1, keepdim=True)
    mean = share @ X
    return torch.stack([(s @ (X - m).square()).sqrt() for s, m in zip(share, mean, strict=True)])


@dataclass(frozen=True, eq=False)
class PenalisedFit:
    """K penalised fits; see :func:`penalised_fit`.

    Attributes
    ----------
    X : Tensor of shape (n, p)
    y : Tensor of shape (1 or K, n)
        Less the offset.
    weight : Tensor of shape (1 or K, n) or None
    solution : Solution
    names : tuple of str
        "Intercept" first.
    """

    X: Tensor
    y: Tensor
    weight: Tensor | None
    solution: Solution
    names: tuple[str, ...]

    @property
    def coefficients(self) -> Tensor:
        """Intercept and coefficients in the units of the data, (K, 1 + p)."""
        return self.solution.x


def penalised_result(
    fit: PenalisedFit, member: int = 0, *, target: str = "y", notes: Sequence[str] = ()
) -> ClassicalResult:
    """Report one member's penalised fit: estimates, and in one sentence why there is no more.

    Parameters
    ----------
    fit : PenalisedFit
    member : int
    target : str
    notes : sequence of str

    Examples
    --------
    >>> X = torch.tensor([[-1.0, 1.0], [0.0, -2.0], [1.0, 1.0]])
    >>> hasattr(penalised_result(penalised_fit(X, torch.tensor([1.0, 3.0, 5.0]), l1=0.5)), "bse")
    False
    """
    y = fit.y[member if len(fit.y) > 1 else 0]
    w = torch.ones_like(y) if fit.weight is None else fit.weight[member if len(fit.weight) > 1 else 0]
    n, p = float(w.sum()), len(fit.names)
    return ClassicalResult(
        model="Penalised least squares",
        names=fit.names,
        estimate=fit.coefficients[member].numpy(),
        covariance=None,
        covariance_name="none",
        n_obs=n,
        df_resid=n - p,
        target=target,
        n_estimated=p,
        values={"objective": float(fit.solution.value[member])},
        refusals={"bse": _NO_ERRORS, "llf": _NO_LIKELIHOOD},
        family="penalised",
        data_key=data_key(y.numpy(), w.numpy()),
        link="identity",
        n_mean=p,
        converged=bool(fit.solution.converged[member]),
        n_iter=int(fit.solution.n_iter[member]),
        score_norm=float(torch.linalg.vector_norm(fit.solution.gradient[member])),
        notes=tuple(notes),
        method="Penalised least squares",
    )
