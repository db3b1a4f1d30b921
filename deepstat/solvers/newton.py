"""Damped Newton on K smooth problems at once."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from deepstat.solvers.double import double
from deepstat.solvers.solution import Solution

Objective = Callable[[Tensor, int], tuple[Tensor, Tensor | None, Tensor | None]]

_ARMIJO = 1e-4  # share of the promised decrease that a step must deliver
_HALVINGS = 40  # shortest step tried: at least 0.1 ** 40 of the full one
_SLACK = 1e-13  # rounding of a sum of rows, relative to the value: below it, decrease cannot be asked for
_PIVOT = 1e-13  # a smaller pivot of the scaled Hessian is rounding, not curvature
_RIDGE = 1e-8  # added to the scaled Hessian where it is singular; more: not a minimum
_FLAT = 1e-12  # curvature lost since the start, beyond which a member is running off to infinity
_STALLED = 10  # steps in a row that lower the value by no more than rounding
_POLISH = 4  # full steps after convergence; two reach rounding where convergence is quadratic


def newton(
    objective: Objective,
    start: Tensor,
    *,
    tol: float = 1e-10,
    max_iter: int = 100,
    narrow: Callable[[Tensor], Objective] | None = None,
) -> Solution:
    """Minimise K objectives of P unknowns by Newton steps, each member with its own damping and verdict.

    A step solves (H + ridge) d = -g on the Hessian scaled to unit diagonal; the ridge is zero where that matrix is
    positive definite, else just above its lowest eigenvalue (Levenberg). Armijo backtracking by quadratic
    interpolation; a value, gradient or Hessian that is not finite is never accepted. A member has converged when,
    without a ridge beyond rounding, half its squared Newton decrement g'H⁻¹g (which bounds every g_j²/H_jj, the
    scaled gradient) is at most ``tol (1 + |value|)`` and its step is at most ``sqrt(tol)`` of the coefficients, in
    units of the largest curvature seen. The last condition fails where the minimum lies at infinity (separated
    logits): there gradient and decrement vanish, but the step does not; such a member stops, not converged, once a
    coordinate has lost its curvature; so does one whose steps lower the value no more. Converged members take full
    steps as long as these lower the decrement, down to rounding.

    Parameters
    ----------
    objective : callable
        ``objective(x (K, P), order) -> (value (K,), gradient (K, P), hessian (K, P, P))``; orders 0 and 2 are asked
        for, and at order 0 the last two may be None. Member k depends on row k only. It should be a log-likelihood
        (a sum or a mean over rows) or of that size. A positive semidefinite stand-in for the Hessian (expected
        information) makes this Fisher scoring.
    start : Tensor of shape (K, P)
    tol : float > 0
    max_iter : int
        Accepted steps at most, polishing included.
    narrow : callable, optional
        ``narrow(members (k,) int64) -> objective of these members alone``; with it, finished members drop out of
        the work once they are half of it.

    Returns
    -------
    Solution
        With the Hessian at the solution.

    Raises
    ------
    ValueError
        If `start` is not a finite (K, P) tensor. A member whose objective is not finite at its start comes back
        there, not converged.

    Examples
    --------
    Two Poisson means on the log scale:

    >>> import torch
    >>> y = torch.tensor([[1.0, 3.0], [4.0, 6.0]], dtype=torch.float64)
    >>> def objective(x, order):
    ...     mu = x.exp()
    ...     return (mu - y * x).sum(1), (mu - y).sum(1, keepdim=True), 2 * mu[:, :, None]
    >>> newton(objective, torch.zeros(2, 1, dtype=torch.float64)).x.exp()
    tensor([[2.0000],
            [5.0000]], dtype=torch.float64)

    References
    ----------
    Nocedal and Wright (2006), Numerical Optimization, chapters 3 and 6; Moré (1978), The Levenberg-Marquardt
    algorithm (scaling that never shrinks).
    """
    x = double("start", start, (2,)).clone()
    value, gradient, hessian = _derivatives(objective, x)
    active = torch.isfinite(value)
    converged = torch.zeros_like(active)
    n_iter = torch.zeros_like(active, dtype=torch.int64)
    polished, stalled = torch.zeros_like(n_iter), torch.zeros_like(n_iter)
    scale = torch.zeros_like(x)
    members = torch.arange(len(x), device=x.device)
    while active.any():
        if narrow is not None and 2 * int(active.sum()) <= len(members):
            members = active.nonzero()[:, 0]
            objective = narrow(members)
        at, f, g, H, going = x[members], value[members], gradient[members], hessian[members], active[members]
        curvature = H.diagonal(dim1=1, dim2=2)
        unit = torch.maximum(scale[members], curvature.abs().sqrt().nan_to_num(0.0, 0.0))
        scale[members] = unit
        step, ridge, root, size = _direction(g, H, unit, going)
        slope = torch.where(going, (g * step).sum(1), 0.0)
        settled = (
            going
            & (-0.5 * slope <= tol * (1 + f.abs()))
            & (step.abs() * unit <= tol**0.5 * (at.abs() * unit).clamp(min=1.0)).all(1)
            & (curvature >= _FLAT * unit**2).all(1)
            & (ridge <= 2 * _RIDGE)
        )
        converged[members] = torch.where(going, settled, converged[members])
        rounding = settled & ((-slope <= 1e-24 * (1 + f.abs())) | (polished[members] >= _POLISH))
        # Where curvature is lost, further steps are rounding.
        lost = (curvature.abs() < _FLAT * unit**2).any(1)
        going = going & ~rounding & ~lost & (n_iter[members] < max_iter)
        polished[members] += settled.long()
        if going.any():
            trial = torch.where(going[:, None], at + step, at)
            new = _derivatives(objective, trial)
            better = new[0] <= f + _ARMIJO * slope + _SLACK * (1 + f.abs())
            # Near the minimum the value is all rounding; the decrement of the new gradient is the finer judge.
            left = torch.linalg.solve_triangular(root, (new[1] / size)[:, :, None], upper=False)
            finer = settled & ((left**2).sum((1, 2)) < -slope) & torch.isfinite(new[0])
            accepted = going & torch.where(settled, finer, better)
            short = going & ~accepted & ~settled
            if short.any():
                trial, found = _backtrack(objective, at, f, step, slope, new[0], short, trial)
                again = _derivatives(objective, torch.where(found[:, None], trial, at))
                found = found & torch.isfinite(again[0])
                new = tuple(_where(found, a, b) for a, b in zip(again, new, strict=True))
                accepted = accepted | found
            idle = accepted & ~settled & (f - new[0] <= _SLACK * (1 + f.abs()))
            stalled[members] = torch.where(idle, stalled[members] + 1, 0)
            x[members] = _where(accepted, trial, at)
            value[members] = _where(accepted, new[0], f)
            gradient[members] = _where(accepted, new[1], g)
            hessian[members] = _where(accepted, new[2], H)
            n_iter[members] += accepted.long()
            going = accepted & (stalled[members] < _STALLED)
        active[members] = going
    return Solution(x, value, gradient, hessian, converged, n_iter)


def _derivatives(objective: Objective, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Everything at x; one non-finite entry makes the member's value infinite, so that it cannot be accepted."""
    value, gradient, hessian = objective(x, 2)
    if gradient is None or hessian is None:
        raise ValueError(
            "objective(x, 2) returned no gradient or Hessian; newton needs both, lbfgs only the first."
        )
    finite = (
        torch.isfinite(value) & torch.isfinite(gradient).all(1) & torch.isfinite(hessian).flatten(1).all(1)
    )
    return torch.where(finite, value, torch.inf), gradient.clone(), hessian.clone()


def _direction(g: Tensor, H: Tensor, peak: Tensor, active: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return the direction (K, P), zero for inactive members, and what made it.

    That is the ridge (K,) on the Hessian scaled to unit diagonal, the Cholesky factor of the sum, and the scaling.
    `peak` (K, P) is the root of the largest curvature seen, for coordinates that have lost theirs.
    """
    eye = torch.eye(g.shape[1], dtype=g.dtype, device=g.device)
    H = torch.where(active[:, None, None], H, eye)
    g = torch.where(active[:, None], g, 0.0)
    unit = H.diagonal(dim1=1, dim2=2).abs().sqrt()
    unit = torch.maximum(unit, 1e-8 * peak)
    unit = torch.where(unit > 0, unit, 1.0)
    scaled = H / (unit[:, :, None] * unit[:, None, :])
    matrix, info = torch.linalg.cholesky_ex(scaled)
    definite = (info == 0) & (matrix.diagonal(dim1=1, dim2=2).square().amin(1) > _PIVOT)
    ridge = g.new_zeros(len(g))
    if not definite.all():
        weak = scaled[~definite]
        lowest = torch.linalg.eigvalsh(weak)[:, 0]
        ridge[~definite] = _RIDGE + 1.5 * (-lowest).clamp(min=0.0)
        matrix[~definite] = torch.linalg.cholesky(weak + ridge[~definite][:, None, None] * eye)
    step = -torch.cholesky_solve((g / unit)[:, :, None], matrix)[:, :, 0] / unit
    return step, ridge, matrix, unit


def _backtrack(
    objective: Objective,
    at: Tensor,
    f: Tensor,
    step: Tensor,
    slope: Tensor,
    tried: Tensor,
    short: Tensor,
    trial: Tensor,
) -> tuple[Tensor, Tensor]:
    """Shorten the steps of the members `short` until Armijo holds; returns the trial points and who found one."""
    found = torch.zeros_like(short)
    length = torch.ones_like(f)
    for _ in range(_HALVINGS):
        # The minimum of the parabola through f, slope and the last trial, kept within [0.1, 0.5] of the last step.
        bend = 2 * (tried - f - length * slope)
        ratio = torch.where(torch.isfinite(bend) & (bend > 0), -slope * length / bend, 0.5).clamp(0.1, 0.5)
        length = torch.where(short & ~found, ratio * length, length)
        trial = _where(short & ~found, at + length[:, None] * step, trial)
        tried = torch.where(short & ~found, objective(trial, 0)[0], tried)
        found = found | (short & (tried <= f + _ARMIJO * length * slope))
        if not (short & ~found).any():
            break
    return trial, found


def _where(mask: Tensor, yes: Tensor, no: Tensor) -> Tensor:
    """Choose by member."""
    return torch.where(mask.view(-1, *[1] * (yes.dim() - 1)), yes, no)
