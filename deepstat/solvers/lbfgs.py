"""Limited-memory BFGS on K smooth problems at once."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from deepstat.solvers.double import double
from deepstat.solvers.newton import Objective
from deepstat.solvers.solution import Solution

_ARMIJO, _WOLFE = 1e-4, 0.9
_SLACK = 1e-13  # rounding of the value: within it, the slope alone judges a step
_FLAT = 1e-12  # curvature lost, beyond which a member is running off to infinity
_RECENT = 3  # pairs that tell whether it is
_TRIALS = 60  # lengths tried along one direction


def lbfgs(
    objective: Objective,
    start: Tensor,
    *,
    tol: float = 1e-10,
    max_iter: int = 1000,
    memory: int = 10,
    narrow: Callable[[Tensor], Objective] | None = None,
) -> Solution:
    """Minimise K objectives of P unknowns from values and gradients alone.

    Every call of the objective serves each member where it is: one takes a new direction while another still
    brackets its step (weak Wolfe conditions by bisection and doubling; near rounding their form by slopes alone, so
    that ``tol`` can be reached). A member has converged when ``max_j |g_j| max(|x_j|, 1) <= tol (1 + |value|)`` and
    both its last step and the next one it would take are at most ``sqrt(tol) max(|x_j|, 1)``: bring the columns of a
    design to size one. The second condition, and curvature that has not vanished, keep separated logits from
    passing, whose gradient vanishes on the way to infinity.

    Parameters
    ----------
    objective : callable
        ``objective(x (K, P), 1) -> (value (K,), gradient (K, P), None)``. Member k depends on row k only.
    start : Tensor of shape (K, P)
    tol : float > 0
    max_iter : int
        Accepted steps at most.
    memory : int
        Pairs of steps and gradient changes kept.
    narrow : callable, optional
        ``narrow(members (k,) int64) -> objective of these members alone``; with it, finished members drop out of
        the work once they are half of it.

    Returns
    -------
    Solution
        Without a Hessian.

    Raises
    ------
    ValueError
        If `start` is not a finite (K, P) tensor.

    Examples
    --------
    >>> import torch
    >>> def quartic(x, order):
    ...     return (x**4 / 4 - x).sum(1), x**3 - 1, None
    >>> torch.round(lbfgs(quartic, torch.zeros(1, 2, dtype=torch.float64)).x, decimals=8)
    tensor([[1., 1.]], dtype=torch.float64)

    References
    ----------
    Liu and Nocedal (1989), On the limited memory BFGS method; Lewis and Overton (2013), Nonsmooth optimization via
    quasi-Newton methods (the line search); Hager and Zhang (2005) (approximate Wolfe conditions).
    """
    x = double("start", start, (2,)).clone()
    K, P = x.shape
    value, gradient = _evaluate(objective, x)
    length = torch.linalg.vector_norm
    direction = -gradient
    step = 1 / length(gradient, dim=1).clamp(min=1e-300)  # the first trial moves by length one
    low, high = torch.zeros_like(value), torch.full_like(value, torch.inf)
    pairs = x.new_zeros(2, K, memory, P)
    peak = torch.zeros_like(x)  # largest change of each derivative by a step of length one
    n_iter, trials = torch.zeros(2, K, dtype=torch.int64, device=x.device)
    converged = _stationary(x, value, gradient, tol)
    active = torch.isfinite(value) & ~converged & (max_iter > 0)
    members = torch.arange(K, device=x.device)
    while active.any():
        if narrow is not None and 2 * int(active.sum()) <= len(members):
            members = active.nonzero()[:, 0]
            objective = narrow(members)
        m, going = members, active[members]
        at, f, g, d, t = x[m], value[m], gradient[m], direction[m], step[m]
        trial = torch.where(going[:, None], at + t[:, None] * d, at)
        f_new, g_new = _evaluate(objective, trial)
        slope, slope_new = (g * d).sum(1), (g_new * d).sum(1)
        near = f_new <= f + _SLACK * (1 + f.abs())
        down = f_new <= f + _ARMIJO * t * slope
        flat = slope_new >= _WOLFE * slope
        accepted = going & flat & (down | (near & (slope_new <= (2 * _ARMIJO - 1) * slope)))
        # Not accepted: too short where the slope still falls, else too long.
        short = (down | near) & ~flat
        low[m] = torch.where(short, t, low[m])
        high[m] = torch.where(short, high[m], t)
        step[m] = torch.where(torch.isinf(high[m]), 2 * t, 0.5 * (low[m] + high[m]))
        trials[m] += 1

        new = accepted[:, None]
        latest = torch.stack([trial - at, g_new - g])[:, :, None]
        curved = accepted & ((latest[0] * latest[1]).sum((1, 2)) > 0)
        pairs[:, m] = torch.where(curved[:, None, None], torch.cat([pairs[:, m, 1:], latest], 2), pairs[:, m])
        bend = (latest[1] / length(latest[0], dim=2, keepdim=True)).abs()[:, 0].nan_to_num(0.0)
        peak[m] = torch.where(new, torch.maximum(peak[m], bend), peak[m])
        x[m], value[m] = torch.where(new, trial, at), torch.where(accepted, f_new, f)
        gradient[m] = torch.where(new, g_new, g)
        n_iter[m] += accepted.long()

        # A direction that no length serves: forget the curvature once, then give up.
        lost = going & ~accepted & (trials[m] >= _TRIALS)
        reset = lost & (pairs[0, m].abs().sum((1, 2)) > 0)
        pairs[:, m] = torch.where(reset[:, None, None], 0.0, pairs[:, m])
        fresh = accepted | reset
        if fresh.any():
            direction[m] = torch.where(fresh[:, None], _two_loops(gradient[m], *pairs[:, m]), direction[m])
            step[m] = torch.where(fresh, torch.where(reset, 1 / length(gradient[m], dim=1), 1.0), step[m])
            low[m], high[m] = torch.where(fresh, 0.0, low[m]), torch.where(fresh, torch.inf, high[m])
            trials[m] = torch.where(fresh, 0, trials[m])
        # Both, because a pair that spans a large step overstates the curvature at its end.
        stir = torch.maximum((trial - at).abs(), direction[m].abs())
        still = (stir <= tol**0.5 * x[m].abs().clamp(min=1.0)).all(1)
        still = still & _curved(x[m], gradient[m], pairs[:, m], peak[m], tol)
        converged[m] |= accepted & still & _stationary(x[m], value[m], gradient[m], tol)
        stuck = (lost & ~reset) | (direction[m] == 0).all(1) | (n_iter[m] >= max_iter)
        active[m] = going & ~converged[m] & ~stuck
    return Solution(x, value, gradient, None, converged, n_iter)


def _evaluate(objective: Objective, x: Tensor) -> tuple[Tensor, Tensor]:
    """Value and gradient; a non-finite one makes the value infinite and the gradient zero."""
    value, gradient, _ = objective(x, 1)
    if gradient is None:
        raise ValueError("objective(x, 1) returned no gradient; lbfgs needs one.")
    finite = torch.isfinite(value) & torch.isfinite(gradient).all(1)
    return torch.where(finite, value, torch.inf), torch.where(finite[:, None], gradient, 0.0)


def _stationary(x: Tensor, value: Tensor, gradient: Tensor, tol: float) -> Tensor:
    return torch.isfinite(value) & (
        (gradient.abs() * x.abs().clamp(min=1.0)).amax(1) <= tol * (1 + value.abs())
    )


def _curved(x: Tensor, gradient: Tensor, pairs: Tensor, peak: Tensor, tol: float) -> Tensor:
    """Whether no coordinate is running off to infinity, by the last few pairs: (K,).

    There its derivative vanishes together with the change of it, so that their ratio stays large; or, where it has
    been rounded to zero, does not change any more although the coordinate moves.
    """
    steps, changes = pairs[:, :, -_RECENT:].abs()
    length = torch.linalg.vector_norm(steps, dim=2, keepdim=True)
    bend = torch.where(length > 0, changes / length, 0.0).amax(1)
    small = gradient.abs() <= tol**0.5 * x.abs().clamp(min=1.0) * bend
    moves, turns = steps.amax(1), changes.amax(1)
    lost = (moves > 0) & (turns <= _FLAT * peak * moves)
    return (small & ~lost).all(1)


def _two_loops(gradient: Tensor, steps: Tensor, changes: Tensor) -> Tensor:
    """Minus gradient times the inverse Hessian of the pairs (K, memory, P), oldest first; zero pairs do nothing."""
    inner = (steps * changes).sum(2)
    rho = torch.where(inner > 0, 1 / inner, 0.0)
    d, alphas = -gradient, []
    for i in reversed(range(steps.shape[1])):
        alphas.append(rho[:, i, None] * (steps[:, i] * d).sum(1, keepdim=True))
        d = d - alphas[-1] * changes[:, i]
    d = d * torch.where(rho[:, -1] > 0, inner[:, -1] / (changes[:, -1] ** 2).sum(1), 1.0)[:, None]
    for i, alpha in enumerate(reversed(alphas)):
        d = d + steps[:, i] * (alpha - rho[:, i, None] * (changes[:, i] * d).sum(1, keepdim=True))
    return d
