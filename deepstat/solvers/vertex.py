"""The clean-up of quantile regression: from nearly optimal to an exact, certified basic solution."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

_TIES = 1e-11  # residuals are shifted by about this much of their median, so that no two rows tie
_DEPENDENT = 1e-6  # part of a row outside the span of the chosen ones, below which it cannot join them
_FEASIBLE = 1e-10  # slack of the dual bounds, relative to the largest weight


class Vertex(NamedTuple):
    """Solution theta (B, r), its rows (B, r), dual scores (B, n), certified (B,) and pivots (B,)."""

    theta: Tensor
    basis: Tensor
    score: Tensor
    optimal: Tensor
    pivots: Tensor


def vertex(Q: Tensor, y: Tensor, tau: Tensor, weight: Tensor, rank_score: Tensor, tol: float) -> Vertex:
    """Return a basic optimal solution near zero, by pivots of the primal simplex method.

    The r rows to interpolate are first guessed by the interior point's own signs (residual near zero, dual variable
    strictly between its bounds), then exchanged one at a time: the row whose dual variable breaks its bounds most
    leaves, and an exact line search along the edge names the one that enters. Ties, which would let the method
    cycle, are broken by shifting y by parts in 1e11; the signs chosen so are a valid subgradient at the solution of
    the original y, which is what is returned, and the duality gap is taken there.

    Parameters
    ----------
    Q : Tensor of shape (n, r)
        Orthonormal columns.
    y : Tensor of shape (B, n)
        Residuals of a nearly optimal solution, in units of their median absolute value.
    tau : Tensor of shape (B, 1)
    weight : Tensor of shape (B, n)
        Rows with positive weight span all of R^r.
    rank_score : Tensor of shape (B, n)
        Dual variables in [0, weight].
    tol : float
        Largest duality gap relative to the objective.

    Returns
    -------
    Vertex

    Examples
    --------
    >>> import torch
    >>> one, y = torch.full((3, 1), 3**-0.5), torch.tensor([[-1.0, 0.0, 2.0]])
    >>> half = torch.full((1, 1), 0.5)
    >>> vertex(one, y, half, torch.ones(1, 3), torch.full((1, 3), 0.5), 1e-6).basis
    tensor([[1]])

    References
    ----------
    Barrodale and Roberts (1973), An improved algorithm for discrete L1 linear approximation.
    """
    n, r = Q.shape
    problems = torch.arange(len(y), device=y.device)
    basis = _first_basis(Q, y, weight, rank_score)
    # Multiples of the golden ratio: in [0.5, 1.5), all different, the same in every run.
    shift = _TIES * (0.5 + (torch.arange(n, device=y.device) * 0.6180339887498949).to(y) % 1.0)
    shifted = y + shift
    score = torch.zeros_like(y)
    optimal = torch.zeros(len(y), dtype=torch.bool, device=y.device)
    pivots = torch.zeros(len(y), dtype=torch.int64, device=y.device)
    active = problems
    for _ in range(50 + 20 * r + n):
        h = basis[active]
        w, level = weight[active], tau[active]
        rows = Q[h]
        at = torch.linalg.solve_ex(rows, shifted[active].gather(1, h))[0]
        residual = shifted[active] - at @ Q.T
        outer = (w * (level - (residual < 0).to(y))).scatter(1, h, 0.0)
        inner = -torch.linalg.solve_ex(rows.mT, outer @ Q)[0]
        w_h = w.gather(1, h)
        # How far each dual variable is above (the row should move above the plane) or below its bounds.
        over, under = inner - level * w_h, -inner - (1 - level) * w_h
        worst, leaving = torch.maximum(over, under).max(1)
        done = worst <= _FEASIBLE * w.amax(1)
        score[active] = outer.scatter(1, h, inner)
        optimal[active] = done
        side = torch.where(over.gather(1, leaving[:, None]) > 0, -1.0, 1.0)[:, 0]
        edge = torch.linalg.solve_ex(rows, torch.nn.functional.one_hot(leaving, r).to(y) * side[:, None])[0]
        speed = edge @ Q.T
        time = residual / speed
        crossing = (time > 0) & (w > 0) & torch.isfinite(time)
        time = torch.where(crossing, time, torch.inf).scatter(1, h, torch.inf)
        ordered, place = time.sort(1)
        slope = (w * speed.abs()).gather(1, place).cumsum(1)
        stop = (slope < worst[:, None]).sum(1, keepdim=True).clamp(max=n - 1)
        entering = place.gather(1, stop)[:, 0]
        moves = ~done & torch.isfinite(ordered.gather(1, stop)[:, 0])
        active, leaving, entering = active[moves], leaving[moves], entering[moves]
        if len(active) == 0:
            break
        basis[active, leaving] = entering
        pivots[active] += 1
    exact = torch.linalg.solve_ex(Q[basis], y.gather(1, basis))[0]
    residual = (y - exact @ Q.T).scatter(1, basis, 0.0)
    value = (weight * residual * (tau - (residual < 0).to(y))).sum(1)
    gap = value - (score * y).sum(1)
    rounding = 1e-14 * (weight * y.abs()).sum(1)
    return Vertex(exact, basis, score, optimal & (gap.abs() <= tol * value + rounding), pivots)


def _first_basis(Q: Tensor, residual: Tensor, weight: Tensor, rank_score: Tensor) -> Tensor:
    """Choose r independent rows for every problem, those first that look interpolated."""
    n, r = Q.shape
    interior = torch.minimum(rank_score, weight - rank_score).clamp(min=0.0) / weight.clamp(min=1e-300)
    likely = torch.where(weight > 0, (interior + 1e-9) / (residual.abs() + 1e-9), -1.0)
    candidates = likely.topk(min(n, 4 * r + 16), dim=1).indices
    basis, found = _independent(Q, likely, candidates)
    for lost in (~found).nonzero()[:, 0].tolist():
        every = torch.arange(n, device=Q.device)[None]
        basis[lost] = _independent(Q, likely[lost, None], every)[0][0]
    return basis


def _independent(Q: Tensor, likely: Tensor, candidates: Tensor) -> tuple[Tensor, Tensor]:
    """Pick greedily by Gram-Schmidt; the second value says for whom r independent rows were found."""
    likely = likely.gather(1, candidates)
    rows = Q[candidates]
    length = torch.linalg.vector_norm(rows, dim=2, keepdim=True)
    rows = rows / torch.where(length > 0, length, 1.0)
    found = torch.ones(len(rows), dtype=torch.bool, device=Q.device)
    chosen = []
    for _ in range(Q.shape[1]):
        left = torch.linalg.vector_norm(rows, dim=2)
        merit = torch.where((left > _DEPENDENT) & (likely > 0), likely * left, -1.0)
        best, pick = merit.max(1)
        found &= best > 0
        chosen.append(pick)
        axis = rows[torch.arange(len(rows)), pick] / left.gather(1, pick[:, None]).clamp(min=1e-300)
        for _ in range(2):  # twice is enough for orthogonality to rounding
            rows = rows - (rows @ axis[:, :, None]) * axis[:, None, :]
    return candidates.gather(1, torch.stack(chosen, 1)), found
