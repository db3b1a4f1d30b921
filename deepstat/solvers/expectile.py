"""Linear expectile regression: asymmetric least squares, exactly."""

from __future__ import annotations

import torch
from torch import Tensor

from deepstat.solvers.double import double
from deepstat.solvers.gram import gram
from deepstat.solvers.least_squares import least_squares
from deepstat.solvers.newton import newton
from deepstat.solvers.orthogonal import Orthogonal
from deepstat.solvers.responses import responses
from deepstat.solvers.solution import Solution


def expectile(
    X: Tensor | Orthogonal,
    Y: Tensor,
    tau: float | Tensor,
    weight: Tensor | None = None,
    *,
    max_iter: int = 100,
) -> Solution:
    """Minimise sum_i w_i |tau - [r_i < 0]| r_i², r_i = y_i - x_i'b, for all members and levels at once.

    The objective is a strictly convex quadratic wherever no residual changes sign, so a Newton step is weighted least
    squares, and Newton from ordinary least squares ends exactly after a few steps.

    Parameters
    ----------
    X : Tensor of shape (n, p), or Orthogonal of it
    Y : Tensor of shape (n,) or (K, n)
    tau : float or Tensor of shape (T,)
        Levels in (0, 1); 0.5 is ordinary least squares.
    weight : Tensor of shape (n,) or (K, n), optional
        Non-negative; 2 equals the row twice.
    max_iter : int

    Returns
    -------
    Solution
        ``x`` (K, T, p) (NaN for columns aliased with earlier ones, and for members whose rows with weight do not
        determine the coefficients, never converged), ``value`` (K, T), ``gradient`` (K, T, p), ``hessian``
        (K, T, p, p), ``converged`` and ``n_iter`` (K, T).

    Raises
    ------
    ValueError
        On levels outside (0, 1), shapes that do not fit, and negative weights.

    Examples
    --------
    >>> import torch
    >>> y = torch.tensor([0.0, 1.0, 5.0], dtype=torch.float64)
    >>> fit = expectile(torch.ones(3, 1), y, torch.tensor([0.5, 0.8]))
    >>> torch.round(fit.x[0, :, 0], decimals=6)
    tensor([2.0000, 3.5000], dtype=torch.float64)

    References
    ----------
    Newey and Powell (1987), Asymmetric least squares estimation and testing, Econometrica 55.
    """
    design = X if isinstance(X, Orthogonal) else Orthogonal(X)
    Y, weight = responses(design.n, Y, weight)
    levels = double("tau", tau, (0, 1)).reshape(-1)
    if not ((levels > 0) & (levels < 1)).all():
        raise ValueError(f"tau={tau} is outside the open interval (0, 1).")
    K, T, r = len(Y), len(levels), len(design.kept)
    base = least_squares(design, Y, weight)
    solid = base.rank == r
    first = torch.where(solid[:, None], base.coefficients[:, design.kept], 0.0)
    residual = Y - first @ design.X.T
    # In units of the residuals, so that the tolerance means the same whatever y is.
    unit = ((weight * residual.square()).sum(1) / weight.sum(1)).sqrt()[:, None]
    unit = torch.where(unit > 0, unit, 1.0)

    def problems(members: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        k = members // T
        return (residual / unit)[k], weight[k], levels[members % T, None]

    def of(members: Tensor):
        y, w, level = problems(members)

        def objective(theta: Tensor, order: int) -> tuple[Tensor, Tensor, Tensor | None]:
            left = y - theta @ design.Q.T
            pull = w * (level - (left < 0).to(y)).abs()
            gradient = -2 * (pull * left) @ design.Q
            return (pull * left.square()).sum(1), gradient, 2 * gram(design.Q, pull) if order == 2 else None

        return objective

    everyone = torch.arange(K * T, device=Y.device)
    found = newton(of(everyone), Y.new_zeros(K * T, r), max_iter=max_iter, narrow=of)
    u, sure = unit.repeat_interleave(T, 0), solid.repeat_interleave(T)
    b = first.repeat_interleave(T, 0) + u * design.solve(found.x)
    b = torch.where(sure[:, None], b, torch.nan)
    hessian = design.R.T @ found.hessian @ design.R
    return Solution(
        design.spread(b).view(K, T, -1),
        (found.value * u[:, 0] ** 2).view(K, T),
        design.spread(u * found.gradient @ design.R).view(K, T, -1),
        design.spread(design.spread(hessian).mT).view(K, T, design.p, design.p),
        (found.converged & sure).view(K, T),
        found.n_iter.view(K, T),
    )
