"""Robust linear regression (M-estimation) by iteratively reweighted least squares, many members at once."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor

from deepstat.solvers.double import double
from deepstat.solvers.least_squares import least_squares
from deepstat.solvers.orthogonal import Orthogonal
from deepstat.solvers.responses import responses

_CONSTANTS = {"huber": 1.345, "tukey": 4.685}  # 95% efficiency at the normal
_MAD_AT_NORMAL = 0.674489750196081743  # upper quartile of the standard normal
_PROPOSAL_2 = 2.5  # where Huber's proposal 2 cuts residuals, in scales


class IRLS(NamedTuple):
    """Coefficients (K, p), scale (K,), robustness weights in [0, 1] (K, n), converged (K,), n_iter (K,)."""

    coefficients: Tensor
    scale: Tensor
    weight: Tensor
    converged: Tensor
    n_iter: Tensor


def irls(
    X: Tensor | Orthogonal,
    Y: Tensor,
    weight: Tensor | None = None,
    *,
    loss: str = "huber",
    constant: float | None = None,
    scale: str | float | Tensor = "mad",
    start: Tensor | None = None,
    tol: float = 1e-12,
    max_iter: int = 1000,
) -> IRLS:
    """Return the fixed point of weighted least squares and scale, from ordinary least squares or from `start`.

    One iteration weighs residuals by psi(z)/z at z = residual / scale, refits, and takes the scale of the new
    residuals. This is no minimum of any function, and for Tukey's psi not the only fixed point: the start decides.
    A member has converged when no coefficient moved by more than ``tol (|b_j| + se_j)``, se_j its standard error under
    the working weights; it has not when its scale reaches zero (half of its rows fitted exactly) or its weights
    leave a column without rows.

    Parameters
    ----------
    X : Tensor of shape (n, p), or Orthogonal of it
        Of full column rank.
    Y : Tensor of shape (n,) or (K, n)
    weight : Tensor of shape (K, n), optional
        Frequencies: 2 equals the row twice, in the fit and in the scale.
    loss : {"huber", "tukey"}
        psi(z)/z = min(1, constant/|z|), or (1 - (z/constant)²)² inside constant and 0 beyond.
    constant : float > 0, optional
        Default 1.345 and 4.685.
    scale : {"mad", "huber"}, float or Tensor of shape (K,)
        "mad": median of |residuals| / 0.6745 (about zero, no correction for p). "huber": Huber's proposal 2, the root
        s of sum min(r²/s², 2.5²) = (N - p) E min(z², 2.5²). A number or tensor: held fixed (the second stage of an
        MM-estimator).
    start : Tensor of shape (K, p) or (p,), optional
    tol : float > 0
    max_iter : int

    Returns
    -------
    IRLS

    Raises
    ------
    ValueError
        On unknown names, shapes that do not fit, negative weights, and aliased columns.

    Examples
    --------
    >>> import torch
    >>> y = torch.tensor([0.0, 1.1, 1.9, 3.0, 40.0], dtype=torch.float64)
    >>> X = torch.stack([torch.ones(5), torch.arange(5.0)], dim=1)
    >>> fit = irls(X, y, loss="tukey", start=torch.tensor([0.0, 1.0]))
    >>> torch.round(fit.coefficients, decimals=2), fit.weight[0, 4]
    (tensor([[0.0300, 0.9800]], dtype=torch.float64), tensor(0., dtype=torch.float64))

    References
    ----------
    Huber (1981), Robust Statistics, chapter 7; Holland and Welsch (1977), Robust regression using iteratively
    reweighted least-squares.
    """
    if loss not in _CONSTANTS:
        raise ValueError(f"loss={loss!r} is unknown; choose 'huber' or 'tukey'.")
    if isinstance(scale, str) and scale not in ("mad", "huber"):
        raise ValueError(f"scale={scale!r} is unknown; choose 'mad', 'huber' or a number.")
    bend = _CONSTANTS[loss] if constant is None else float(constant)
    design = X if isinstance(X, Orthogonal) else Orthogonal(X)
    if len(design.kept) < design.p:
        raise ValueError(f"X has rank {len(design.kept)} of {design.p} columns; drop the aliased ones first.")
    fixed = None if isinstance(scale, str) else double("scale", scale, (0, 1)).reshape(-1)
    start = None if start is None else torch.atleast_2d(double("start", start, (1, 2)))
    members = max(1 if fixed is None else len(fixed), 1 if start is None else len(start))
    Y, weight = responses(design.n, Y, weight, members)
    K = len(Y)
    fixed = None if fixed is None else fixed.expand(K)
    if start is None:
        b, _, rank = least_squares(design, Y, weight)
    else:
        b, rank = start.expand(K, design.p).clone(), torch.full((K,), design.p, device=Y.device)
    free = weight.sum(1) - rank

    def spread_of(residual: Tensor, who: Tensor) -> Tensor:
        if fixed is not None:
            return fixed[who]
        if scale == "mad":
            return _median(residual.abs(), weight[who]) / _MAD_AT_NORMAL
        return _proposal_2(residual, weight[who], free[who])

    everyone = torch.arange(K, device=Y.device)
    converged, n_iter = torch.zeros_like(rank, dtype=torch.bool), torch.zeros_like(rank)
    b = b.nan_to_num(0.0)
    active = (rank == design.p).nonzero()[:, 0]
    residual = Y - b @ design.X.T
    sigma = spread_of(residual, everyone)
    for _ in range(max_iter):
        active = active[sigma[active] > 0]
        if len(active) == 0:
            break
        working = weight[active] * _robustness(residual[active] / sigma[active, None], loss, bend)
        fit = least_squares(design, Y[active], working)
        solid = fit.rank == design.p
        active, new = active[solid], fit.coefficients[solid]
        error = sigma[active, None] * fit.inverse[solid].diagonal(dim1=1, dim2=2).sqrt()
        settled = ((new - b[active]).abs() <= tol * (new.abs() + error)).all(1)
        b[active] = new
        residual[active] = Y[active] - new @ design.X.T
        sigma[active] = spread_of(residual[active], active)
        n_iter[active] += 1
        converged[active] = settled & (sigma[active] > 0)
        active = active[~settled]
    z = residual / torch.where(sigma > 0, sigma, 1.0)[:, None]
    return IRLS(b, sigma, _robustness(z, loss, bend), converged, n_iter)


def _robustness(z: Tensor, loss: str, bend: float) -> Tensor:
    """Return psi(z) / z."""
    if loss == "huber":
        return bend / z.abs().clamp(min=bend)
    return (1 - (z / bend).square()).clamp(min=0.0).square()


def _median(value: Tensor, weight: Tensor) -> Tensor:
    """Median by row under frequencies: the mean of the two middle values where repeated rows would have two."""
    ordered, place = value.sort(1)
    mass = weight.gather(1, place).cumsum(1)
    half = 0.5 * mass[:, -1:]
    rounding = 1e-12 * half
    low = torch.searchsorted(mass, half - rounding)
    high = torch.searchsorted(mass, half + rounding, right=True).clamp(max=value.shape[1] - 1)
    return 0.5 * (ordered.gather(1, low) + ordered.gather(1, high))[:, 0]


def _proposal_2(residual: Tensor, weight: Tensor, free: Tensor) -> Tensor:
    """Root s of sum w min(r², d² s²) = s² free E min(z², d²): convex in s², so Newton from the right ends exactly."""
    d = _PROPOSAL_2
    inside = math.erf(d / math.sqrt(2))
    density = math.exp(-0.5 * d * d) / math.sqrt(2 * math.pi)
    target = free * (inside - 2 * d * density + d * d * (1 - inside))
    square = residual.square()
    variance = (weight * square).sum(1) / target
    for _ in range(200):
        cut = square > d * d * variance[:, None]
        slope = target - d * d * (weight * cut).sum(1)
        kept = (weight * square).masked_fill(cut, 0.0).sum(1)
        new = torch.where(slope > 0, kept / slope, 0.0)
        done = new >= variance * (1 - 1e-15)
        variance = torch.where(done, variance, new)
        if done.all():
            break
    return variance.sqrt()
