"""Robust regression: Huber's and Tukey's M-estimates with three covariances of Huber's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor

from deepstat.classical.basis import Basis, basis_of
from deepstat.classical.data_key import data_key
from deepstat.classical.result import ClassicalResult
from deepstat.solvers.irls import IRLS, irls

NO_LIKELIHOOD = "A robust regression has no likelihood, and so no AIC, BIC or deviance."
_CONSTANTS = {"huber": 1.345, "tukey": 4.685}
_POLISH, _ROUNDING = 40, 1e-15


def robust_fit(
    X: Tensor,
    y: Tensor,
    loss: Literal["huber", "tukey"] = "huber",
    *,
    constant: float | None = None,
    scale: Literal["mad", "huber"] | float = "mad",
    start: Tensor | None = None,
    weight: Tensor | None = None,
    offset: Tensor | None = None,
    names: Sequence[str] | None = None,
) -> RobustFit:
    """Fit K members by iterated weighted least squares with a scale step.

    It protects against responses far off, not against rows far off in X.

    Parameters
    ----------
    X : Tensor of shape (n, p)
        With its column of ones.
    y : Tensor of shape (n,) or (K, n)
    loss : {"huber", "tukey"}
        Tukey's has several solutions: the one reached from `start` is returned.
    constant : float, optional
        In scales: 1.345 and 4.685 by default, 95% efficient at the normal.
    scale : {"mad", "huber"} or float
        Of residuals: median |r| / 0.6745 (about zero), Huber's proposal 2, or fixed.
    start : Tensor of shape (p,) or (K, p), optional
        Coefficients in the units of the data; least squares by default.
    weight : Tensor of shape (n,) or (K, n), optional
        Frequencies.
    offset : Tensor of shape (n,), optional
    names : sequence of str, optional
        Of the columns.

    Returns
    -------
    RobustFit

    Raises
    ------
    ValueError
        Unknown names, shapes that do not fit, dependent columns.

    References
    ----------
    Huber (1981), Robust Statistics, chapter 7.

    Examples
    --------
    >>> X = torch.stack([torch.ones(5), torch.arange(5.0)], 1)
    >>> robust_fit(X, torch.tensor([0.0, 1.1, 1.9, 3.0, 40.0]), start=torch.tensor([0.0, 1.0])).coefficients.shape
    torch.Size([1, 2])
    """
    X, y = X.to(torch.float64), torch.atleast_2d(y.to(torch.float64))
    labels = tuple(names or (f"x{j}" for j in range(X.shape[1])))
    basis = basis_of(X, labels)
    if offset is not None:
        y = y - offset
    weight = None if weight is None else torch.atleast_2d(weight.to(torch.float64))
    if start is not None:
        start = basis.coordinates(start.to(torch.float64))
    settings: dict[str, Any] = {"loss": loss, "constant": constant, "scale": scale}
    found = irls(basis.columns, y, weight, start=start, max_iter=5000, **settings)
    # Convergence is linear: some more steps, down to rounding, for the members that have converged.
    last = irls(
        basis.columns, y, weight, start=found.coefficients, max_iter=_POLISH, tol=_ROUNDING, **settings
    )
    good = found.converged
    solution = found._replace(
        coefficients=torch.where(good[:, None], last.coefficients, found.coefficients),
        scale=torch.where(good, last.scale, found.scale),
        weight=torch.where(good[:, None], last.weight, found.weight),
    )
    return RobustFit(basis, y, weight, loss, constant or _CONSTANTS[loss], solution, labels)


@dataclass(frozen=True, eq=False)
class RobustFit:
    """K robust fits; see :func:`robust_fit`.

    Attributes
    ----------
    basis : Basis
    y : Tensor of shape (1 or K, n)
        Less the offset.
    weight : Tensor of shape (1 or K, n) or None
    loss : {"huber", "tukey"}
    constant : float
    solution : IRLS
        In coordinates of the basis.
    names : tuple of str
    """

    basis: Basis
    y: Tensor
    weight: Tensor | None
    loss: str
    constant: float
    solution: IRLS
    names: tuple[str, ...]

    @property
    def coefficients(self) -> Tensor:
        """Coefficients in the units of the data, (K, p)."""
        return self.solution.coefficients @ self.basis.transform.T


def robust_result(
    fit: RobustFit,
    member: int = 0,
    *,
    covariance: Literal["H1", "H2", "H3"] = "H1",
    target: str = "y",
    notes: Sequence[str] = (),
) -> ClassicalResult:
    """Report one member's robust fit.

    Parameters
    ----------
    fit : RobustFit
    member : int
    covariance : {"H1", "H2", "H3"}
        Huber's three, asymptotically equal when errors are iid: with W = X' diag(ψ') X and the correction k,
        k² v / mean(ψ')² (X'X)⁻¹, k v / mean(ψ') W⁻¹ and k⁻¹ v W⁻¹ X'X W⁻¹ with v = s² Σψ² / (n - p).
    target : str
    notes : sequence of str

    References
    ----------
    Huber (1981), Robust Statistics, section 7.6.

    Examples
    --------
    >>> X = torch.stack([torch.ones(5), torch.arange(5.0)], 1)
    >>> fit = robust_fit(X, torch.tensor([0.0, 1.1, 1.9, 3.0, 40.0]))
    >>> robust_result(fit).llf
    Traceback (most recent call last):
    AttributeError: A robust regression has no likelihood, and so no AIC, BIC or deviance.
    """
    if covariance not in ("H1", "H2", "H3"):
        raise ValueError(f"covariance={covariance!r} is not known: choose 'H1', 'H2' or 'H3'.")
    Q, transform = fit.basis.columns.numpy(), fit.basis.transform.numpy()
    x, s = fit.solution.coefficients[member].numpy(), float(fit.solution.scale[member])
    y = fit.y[member if len(fit.y) > 1 else 0].numpy()
    w = np.ones(len(y)) if fit.weight is None else fit.weight[member if len(fit.weight) > 1 else 0].numpy()
    n, p = float(w.sum()), len(x)
    converged = bool(fit.solution.converged[member])
    refusals = dict.fromkeys(("llf", "deviance"), NO_LIKELIHOOD)
    matrix, norm = None, float("nan")
    if s > 0:
        psi, slope = _psi((y - Q @ x) / s, fit.loss, fit.constant)
        mean = float(w @ slope) / n
        k = 1.0 + p / n * (float(w @ (slope - mean) ** 2) / n) / mean**2
        spread = float(w @ psi**2) / (n - p) * s**2
        gram = (Q * w[:, None]).T @ Q
        if covariance == "H1":
            inner = k**2 * spread / mean**2 * np.linalg.inv(gram)
        else:
            bread = np.linalg.inv((Q * (w * slope)[:, None]).T @ Q)
            inner = k * spread / mean * bread if covariance == "H2" else spread / k * bread @ gram @ bread
        matrix = transform @ inner @ transform.T
        norm = float(np.linalg.norm(np.linalg.solve(transform.T, Q.T @ (w * psi)) / s))
    else:
        refusals["bse"] = (
            "The scale of the residuals is zero, half of the rows being fitted exactly: there are no standard errors."
        )
    return ClassicalResult(
        model=f"Robust regression, {fit.loss.capitalize()} {fit.constant:g}",
        names=fit.names,
        estimate=transform @ x,
        covariance=matrix,
        covariance_name=covariance,
        n_obs=n,
        df_resid=n - p,
        target=target,
        n_estimated=p,
        values={"scale": s},
        refusals=refusals,
        family=f"robust {fit.loss}",
        data_key=data_key(y, w),
        link="identity",
        n_mean=p,
        converged=converged,
        n_iter=int(fit.solution.n_iter[member]),
        score_norm=norm,
        notes=tuple(notes),
        method="M-estimation with a scale",
    )


def _psi(z: np.ndarray, loss: str, constant: float) -> tuple[np.ndarray, np.ndarray]:
    """Return ψ and its derivative at residuals in scales."""
    if loss == "huber":
        return np.clip(z, -constant, constant), (np.abs(z) <= constant).astype(np.float64)
    u = np.clip(1.0 - (z / constant) ** 2, 0.0, None)
    return z * u**2, u**2 - 4.0 * (z / constant) ** 2 * u
