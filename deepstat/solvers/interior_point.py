"""Linear quantile regression: interior point to the neighbourhood of the optimum, then exactly to a vertex."""

from __future__ import annotations

import torch
from torch import Tensor

from deepstat.solvers.double import double
from deepstat.solvers.gram import gram
from deepstat.solvers.least_squares import least_squares
from deepstat.solvers.orthogonal import Orthogonal
from deepstat.solvers.responses import responses
from deepstat.solvers.solution import Solution
from deepstat.solvers.vertex import vertex

_ENTRIES = 2**17  # problems times rows worked on at once: a dozen arrays of 16 MB
_STAY_INSIDE = 0.9995  # share of the way to the boundary
_EXACT = 1e-13  # mean residual relative to mean response, below which the fit is exact
_NEAR = 1e-8  # relative duality gap at which the vertex takes over: its few pivots cost less than more steps


def interior_point(
    X: Tensor | Orthogonal,
    Y: Tensor,
    tau: float | Tensor,
    weight: Tensor | None = None,
    *,
    tol: float = 1e-10,
    max_iter: int = 100,
) -> Solution:
    """Minimise sum_i w_i rho_tau(y_i - x_i'b), rho_tau(r) = r (tau - [r < 0]), for all members and levels at once.

    Mehrotra's predictor-corrector on the dual linear program with bounds 0 <= a <= w (Frisch-Newton), in the
    coordinates of Q where X = Q R, K times T problems side by side; then simplex pivots to an exact basic solution,
    which passes through as many rows as X has independent columns and is certified by its own dual solution. Where
    the minimum is not unique it is one of its vertices.

    Parameters
    ----------
    X : Tensor of shape (n, p), or Orthogonal of it
    Y : Tensor of shape (n,) or (K, n)
    tau : float or Tensor of shape (T,)
        Levels in (0, 1).
    weight : Tensor of shape (n,) or (K, n), optional
        Non-negative; 2 equals the row twice.
    tol : float > 0
        Largest duality gap of the vertex, relative to the objective.
    max_iter : int
        Interior point iterations; the pivots that follow are bounded by the size of the problem.

    Returns
    -------
    Solution
        ``x`` (K, T, p) (NaN for columns aliased with earlier ones, and for members whose rows with weight do not
        determine the coefficients, never converged), ``value`` (K, T), ``gradient`` (K, T, p): the subgradient shown by
        the dual solution, zero up to rounding; ``hessian`` None; ``converged`` (K, T): dual solution within its bounds
        and gap within `tol`; ``n_iter`` (K, T): interior point steps and pivots.

    Raises
    ------
    ValueError
        On levels outside (0, 1), shapes that do not fit, and negative weights.

    Examples
    --------
    The median and the upper quartile of five numbers:

    >>> import torch
    >>> y = torch.tensor([1.0, 2.0, 3.0, 5.0, 9.0], dtype=torch.float64)
    >>> interior_point(torch.ones(5, 1), y, torch.tensor([0.5, 0.75])).x[0, :, 0]
    tensor([3., 5.], dtype=torch.float64)

    References
    ----------
    Portnoy and Koenker (1997), The Gaussian hare and the Laplacian tortoise, Statistical Science 12; Koenker (2005),
    Quantile Regression, chapter 6.
    """
    design = X if isinstance(X, Orthogonal) else Orthogonal(X)
    Y, weight = responses(design.n, Y, weight)
    levels = double("tau", tau, (0, 1)).reshape(-1)
    if not ((levels > 0) & (levels < 1)).all():
        raise ValueError(f"tau={tau} is outside the open interval (0, 1).")
    K, T, p, r = len(Y), len(levels), design.p, len(design.kept)
    b = Y.new_full((K * T, r), torch.nan)
    value, gradient = Y.new_full((K * T,), torch.nan), Y.new_full((K * T, r), torch.nan)
    converged, n_iter = torch.zeros_like(value, dtype=torch.bool), torch.zeros_like(value, dtype=torch.int64)
    for problems in torch.arange(K * T, device=Y.device).split(max(1, _ENTRIES // design.n)):
        k, level = problems // T, levels[problems % T, None]
        y, w = Y[k], weight[k]
        # In units of the residuals of least squares, so that tolerances mean the same whatever y is.
        base = least_squares(design, y, w)
        solid = (base.rank == r).nonzero()[:, 0]
        problems, level, y, w, first = (
            problems[solid],
            level[solid],
            y[solid],
            w[solid],
            base.coefficients[solid],
        )
        if len(problems) == 0:
            continue
        first = first[:, design.kept]
        residual = y - first @ design.X.T
        unit = (w * residual.abs()).sum(1, keepdim=True) / w.sum(1, keepdim=True)
        size = (w * y.abs()).sum(1, keepdim=True) / w.sum(1, keepdim=True)
        unit = torch.where(unit > _EXACT * size, unit, size)  # an exact fit leaves only rounding
        unit = torch.where(unit > 0, unit, 1.0)
        residual = torch.where(w > 0, residual, 0.0)
        theta, rank_score, steps = _frisch_newton(design.Q, residual / unit, level, w, max_iter)
        # Again in units of the residuals, now of the solution: an outlier must not blur what is a tie.
        middle = first + unit * design.solve(theta)
        residual = y - middle @ design.X.T
        unit = torch.where(w > 0, residual.abs(), torch.nan).nanmedian(1, keepdim=True).values
        unit = torch.maximum(unit, _EXACT * size)
        unit = torch.where(unit > 0, unit, 1.0)
        residual = torch.where(w > 0, residual, 0.0)
        corner = vertex(design.Q, residual / unit, level, w, rank_score, tol)
        solution = middle + unit * design.solve(corner.theta)
        # The rows of the basis are met again in the units of the data, to rounding.
        off = y.gather(1, corner.basis) - (design.X[corner.basis] * solution[:, None]).sum(2)
        solution = solution + design.solve(torch.linalg.solve_ex(design.Q[corner.basis], off)[0])
        b[problems] = solution
        left = y - solution @ design.X.T
        left = left.scatter(1, corner.basis, 0.0)
        value[problems] = (w * left * (level - (left < 0).double())).sum(1)
        gradient[problems] = -(corner.score @ design.X)
        converged[problems] = corner.optimal
        n_iter[problems] = steps + corner.pivots
    shape = (K, T)
    return Solution(
        design.spread(b).view(*shape, p),
        value.view(shape),
        design.spread(gradient).view(*shape, p),
        None,
        converged.view(shape),
        n_iter.view(shape),
    )


def _frisch_newton(
    Q: Tensor, y: Tensor, tau: Tensor, w: Tensor, max_iter: int
) -> tuple[Tensor, Tensor, Tensor]:
    """Solve max y'a, Q'a = (1 - tau) Q'w, 0 <= a <= w, nearly: multipliers (B, r), a (B, n) and steps (B,).

    y - Q theta = v - z at all times, with v, z >= 0 the multipliers of the upper and lower bound on a.
    """
    live = w > 0  # a row without weight has a = 0 and no say; its multipliers stay at zero
    count = 2.0 * live.sum(1, keepdim=True)
    goal = (1 - tau) * (w @ Q)
    a = torch.where(live, (1 - tau) * w, 1.0)
    s = torch.where(live, w - a, 1.0)
    theta = Q.new_zeros(len(y), Q.shape[1])
    above, below = y.clamp(min=0.0), (-y).clamp(min=0.0)
    v, z = torch.where(live, above + 0.1, 0.0), torch.where(live, below + 0.1, 0.0)
    eye = torch.eye(Q.shape[1], dtype=Q.dtype, device=Q.device)
    n_iter = torch.zeros(len(y), dtype=torch.int64, device=y.device)
    nothing = 1e-14 * w.sum(1, keepdim=True)  # an exact fit has no objective to be relative to
    going = torch.ones(len(y), 1, dtype=torch.bool, device=y.device)
    for _ in range(max_iter):
        gap = (a * z + s * v).sum(1, keepdim=True)
        pinball = (w * (tau * v + (1 - tau) * z)).sum(1, keepdim=True)
        going = going & (gap > _NEAR * pinball + nothing)
        if not going.any():
            break
        q = torch.where(live, 1 / (z / a + v / s), 0.0)
        factor, info = torch.linalg.cholesky_ex(torch.where(going[:, :, None], gram(Q, q), eye))
        going = going & (info == 0)[:, None]  # as near as rounding allows; the vertex goes on from here
        factor = torch.where(going[:, :, None], factor, eye)
        drift = goal - torch.where(live, a, 0.0) @ Q

        def towards(
            into_z: Tensor, into_v: Tensor, q=q, a=a, s=s, z=z, v=v, factor=factor, drift=drift
        ) -> tuple:
            """Return the Newton step that adds `into_z` to a z and `into_v` to s v, to first order."""
            pull = into_z / a - into_v / s
            d_theta = torch.cholesky_solve(((q * pull) @ Q - drift)[:, :, None], factor)[:, :, 0]
            d_a = q * (pull - d_theta @ Q.T)
            d_z = torch.where(live, (into_z - z * d_a) / a, 0.0)
            d_v = torch.where(live, (into_v + v * d_a) / s, 0.0)
            return d_theta, d_a, d_z, d_v

        _, d_a, d_z, d_v = towards(-a * z, -s * v)
        primal = torch.minimum(_reach(a, d_a), _reach(s, -d_a))
        dual = torch.minimum(_reach(z, d_z), _reach(v, d_v))
        after = ((a + primal * d_a) * (z + dual * d_z) + (s - primal * d_a) * (v + dual * d_v)).sum(
            1, keepdim=True
        )
        centre = (after / gap).clamp(max=1.0) ** 3 * gap / count
        d_theta, d_a, d_z, d_v = towards(centre - a * z - d_a * d_z, centre - s * v + d_a * d_v)
        going = going & torch.isfinite(d_theta).all(1, keepdim=True)
        d_theta, d_a, d_z, d_v = (torch.where(going, d, 0.0) for d in (d_theta, d_a, d_z, d_v))
        primal = torch.where(going, torch.minimum(_reach(a, d_a), _reach(s, -d_a)), 0.0)
        dual = torch.where(going, torch.minimum(_reach(z, d_z), _reach(v, d_v)), 0.0)
        a, s = a + primal * d_a, s - primal * d_a
        theta, z, v = theta + dual * d_theta, z + dual * d_z, v + dual * d_v
        n_iter += going[:, 0].long()
    return theta, torch.where(live, a, 0.0), n_iter


def _reach(at: Tensor, step: Tensor) -> Tensor:
    """Length of `step` (at most 1) that keeps `at` positive, by row."""
    room = torch.where(step < 0, -at / step, torch.inf).amin(1, keepdim=True)
    return (_STAY_INSIDE * room).clamp(max=1.0)
