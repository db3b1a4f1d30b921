"""Ridge, lasso and elastic net for many members, weightings and penalties at once."""

from __future__ import annotations

import torch
from torch import Tensor

from deepstat.solvers.double import double
from deepstat.solvers.gram import gram
from deepstat.solvers.responses import responses
from deepstat.solvers.solution import Solution

_EXACT_EVERY = 4  # sweeps between attempts to solve for the current signs exactly


def coordinate_descent(
    X: Tensor,
    Y: Tensor,
    weight: Tensor | None = None,
    *,
    l1: float | Tensor = 0.0,
    l2: float | Tensor = 0.0,
    factor: Tensor | None = None,
    tol: float = 1e-10,
    max_iter: int = 10_000,
) -> Solution:
    """Minimise (1 / (2 sum w)) sum w (y - b0 - Xb)² + l1 sum f_j |b_j| + (l2 / 2) sum f_j² b_j², b0 free.

    Coordinate descent on the cross-products of the centred columns, one coordinate of all members at a time; every few
    sweeps the equations for the current signs are solved exactly, and where their solution meets all conditions the
    member is done, to rounding. With l1 = 0 that is at once, in closed form. Coefficients are exactly zero or not.

    ==================================  =======================================
    scikit-learn, n rows                here
    ==================================  =======================================
    ``Ridge(alpha)``                    ``l2 = alpha / n`` (``alpha / sum w``)
    ``Lasso(alpha)``                    ``l1 = alpha``
    ``ElasticNet(alpha, l1_ratio=q)``   ``l1 = alpha q, l2 = alpha (1 - q)``
    on standardised columns             ``factor = X.std(0)`` (divisor n)
    ==================================  =======================================

    Parameters
    ----------
    X : Tensor of shape (n, p)
        Without a column of ones.
    Y : Tensor of shape (n,) or (K, n)
    weight : Tensor of shape (n,) or (K, n), optional
        Non-negative; 2 equals the row twice.
    l1, l2 : float or Tensor of shape (K,), >= 0
        A path is K penalties of one y.
    factor : Tensor of shape (p,) or (K, p), optional
        f_j >= 0; default one, zero leaves a column free.
    tol : float > 0
        Largest violation of the optimality conditions, with X and y in units of their standard deviations.
    max_iter : int
        Sweeps.

    Returns
    -------
    Solution
        ``x`` (K, 1 + p), intercept first; ``gradient``: the subgradient nearest to zero; ``hessian`` None.

    Raises
    ------
    ValueError
        On shapes that do not fit, and negative weights or penalties.

    Examples
    --------
    >>> import torch
    >>> X = torch.tensor([[-1.0, 1.0], [0.0, -2.0], [1.0, 1.0]])
    >>> coordinate_descent(X, torch.tensor([1.0, 3.0, 5.0]), l1=0.5).x  # 2 shrinks by l1 / var(x)
    tensor([[3.0000, 1.2500, 0.0000]], dtype=torch.float64)

    References
    ----------
    Friedman, Hastie and Tibshirani (2010), Regularization paths for generalized linear models via coordinate descent.
    """
    X = double("X", X, (2,))
    n, p = X.shape
    penalties = {"l1": double("l1", l1, (0, 1)), "l2": double("l2", l2, (0, 1))}
    factor = torch.ones_like(X[0]) if factor is None else double("factor", factor, (1, 2))
    for name, value in {**penalties, "factor": factor}.items():
        if (value < 0).any():
            raise ValueError(f"{name} has negative entries; penalties are zero or positive.")
    members = max(*(v.numel() for v in penalties.values()), factor.numel() // p)
    Y, weight = responses(n, Y, weight, members)
    K = len(Y)
    l1, l2 = (value.expand(K)[:, None] for value in penalties.values())
    factor = factor.expand(K, p)

    # Shared centre and scale first (accuracy), then each member's own centre under its weights.
    mass = weight.sum(1, keepdim=True)
    share = weight / mass
    centre, scale = X.mean(0), X.std(0, correction=0)
    scale = torch.where(scale > 1e-14 * centre.abs(), scale, 1.0)
    Z = (X - centre) / scale
    middle = (share * Y).sum(1, keepdim=True)
    deviation = Y - middle
    unit = (share * deviation.square()).sum(1, keepdim=True).sqrt()
    unit = torch.where(unit > 0, unit, 1.0)
    deviation = deviation / unit
    mean = share @ Z
    G = gram(Z, share) - mean[:, :, None] * mean[:, None, :]
    c = (share * deviation) @ Z
    f = factor / scale  # penalty per coefficient of Z
    b, converged, sweeps = _descend(G, c, l1 * f / unit, l2 * f**2, tol, max_iter)

    b = unit * b / scale
    intercept = middle - (b @ centre)[:, None] - (mean * scale * b).sum(1, keepdim=True)
    residual = Y - intercept - b @ X.T
    smooth = -(share * residual) @ X + l2 * factor**2 * b
    value = 0.5 * (share * residual.square()).sum(1)
    value = value + (l1 * factor * b.abs() + 0.5 * l2 * factor**2 * b.square()).sum(1)
    gradient = torch.cat([-(share * residual).sum(1, keepdim=True), _nearest(smooth, b, l1 * factor)], 1)
    return Solution(torch.cat([intercept, b], 1), value, gradient, None, converged, sweeps)


def _descend(G: Tensor, c: Tensor, l1: Tensor, l2: Tensor, tol: float, max_iter: int) -> tuple[Tensor, ...]:
    """Coefficients (K, p), verdict and sweeps for 1/2 b'Gb - c'b + sum l1 |b| + sum l2 b² / 2."""
    H = G + torch.diag_embed(l2)
    b = torch.zeros_like(c)
    sweeps = torch.zeros(len(c), dtype=torch.int64, device=c.device)
    exact, kept = _for_signs(H, c, l1, (l1 == 0).to(c))
    converged = kept & (l1 == 0).all(1) & (_violation(H, c, l1, exact) <= tol)
    b = torch.where(converged[:, None], exact, b)
    for sweep in range(1, max_iter + 1):
        k = (~converged).nonzero()[:, 0]
        if len(k) == 0:
            break
        own, h, target, threshold = b[k], H[k], c[k], l1[k]
        slope = (h @ own[:, :, None])[:, :, 0] - target
        steep = h.diagonal(dim1=1, dim2=2)
        for j in range(c.shape[1]):
            pull = steep[:, j] * own[:, j] - slope[:, j]
            new = torch.sign(pull) * (pull.abs() - threshold[:, j]).clamp(min=0.0)
            new = torch.where(steep[:, j] > 0, new / steep[:, j], 0.0)
            slope = slope + (new - own[:, j])[:, None] * h[:, j]
            own[:, j] = new
        done = _violation(h, target, threshold, own) <= tol
        if sweep % _EXACT_EVERY == 0:
            signs = torch.where(threshold > 0, torch.sign(own), 1.0)
            exact, kept = _for_signs(h, target, threshold, signs)
            better = kept & (_violation(h, target, threshold, exact) <= tol)
            own, done = torch.where(better[:, None], exact, own), done | better
        b[k], converged[k], sweeps[k] = own, done, sweep
    return b, converged, sweeps


def _for_signs(H: Tensor, c: Tensor, l1: Tensor, signs: Tensor) -> tuple[Tensor, Tensor]:
    """Solve for the coefficients with nonzero signs; False where they are not determined."""
    on = signs != 0
    both = on[:, :, None] & on[:, None, :]
    eye = torch.eye(H.shape[1], dtype=H.dtype, device=H.device)
    unit = torch.where(on, H.diagonal(dim1=1, dim2=2).clamp(min=0.0).sqrt(), 1.0)
    unit = torch.where(unit > 0, unit, 1.0)
    system = torch.where(both, H / (unit[:, :, None] * unit[:, None, :]), eye)
    right = torch.where(on, c - l1 * signs, 0.0) / unit
    factor, info = torch.linalg.cholesky_ex(system)
    kept = (info == 0) & (factor.diagonal(dim1=1, dim2=2).square() > 1e-12).all(1)
    factor = torch.where(kept[:, None, None], factor, eye)
    b = torch.cholesky_solve(right[:, :, None], factor)
    b = b + torch.cholesky_solve(right[:, :, None] - system @ b, factor)
    b = torch.where(on, b[:, :, 0] / unit, 0.0)
    return b, kept


def _nearest(smooth: Tensor, b: Tensor, l1: Tensor) -> Tensor:
    """Return the element of the subdifferential nearest to zero."""
    at_zero = torch.sign(smooth) * (smooth.abs() - l1).clamp(min=0.0)
    return torch.where(b == 0, at_zero, smooth + l1 * torch.sign(b))


def _violation(H: Tensor, c: Tensor, l1: Tensor, b: Tensor) -> Tensor:
    return _nearest((H @ b[:, :, None])[:, :, 0] - c, b, l1).abs().amax(1)
