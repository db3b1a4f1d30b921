"""Intervals of quantile regression by inverting rank tests, exactly, along a path of linear programmes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, stats

Array = NDArray[np.float64]

_FARTHEST = 0.99999  # level up to which paths are followed
_TIE = 1e-11  # rows are moved apart by this share of the spread of y, so that no two meet at once


def rank_path(X: Array, y: Array, quantile: float, j: int, *, weight: Array | None = None) -> RankPath:
    """Follow the rank test of ``b_j = value`` as the value leaves the estimate in both directions.

    At each value, ``y - x_j value`` is regressed on the other columns; its dual solution a (the regression rank scores)
    gives the statistic x_j'(a - 1 + τ) / sqrt(τ (1 - τ) |x_j after the other columns|²), which is normal under the
    hypothesis when errors are identically distributed, whatever their density. It is a step function of the value, and
    one pivot leads from step to step: O(n p) each, and about sqrt(n) of them.

    Parameters
    ----------
    X : ndarray of shape (n, p)
        With full rank.
    y : ndarray of shape (n,)
    quantile : float in (0, 1)
    j : int
        The column.
    weight : ndarray of shape (n,), optional
        Frequencies.

    Returns
    -------
    RankPath

    References
    ----------
    Koenker (1994), Confidence intervals for regression quantiles, in Asymptotic Statistics; Gutenbrunner, Jurečková,
    Koenker and Portnoy (1993), Tests of linear hypotheses based on regression rank scores, Journal of Nonparametric
    Statistics 2.

    Examples
    --------
    >>> X = np.column_stack([np.ones(9), np.arange(9.0)])
    >>> path = rank_path(X, np.array([0.0, 1.2, 1.9, 3.3, 4.0, 4.8, 6.3, 7.0, 8.1]), 0.5, 1)
    >>> path.interval(0.9).round(2)
    array([0.95, 1.06])
    """
    used = slice(None) if weight is None else np.flatnonzero(weight > 0)
    X, y = X[used], y[used]
    w = np.ones(len(y)) if weight is None else np.asarray(weight, dtype=np.float64)[used]
    n, p = X.shape
    root = np.sqrt(w)[:, None]
    others = np.delete(X, j, axis=1)
    # Orthonormal columns for the rest, and x_j after them: b_j keeps its meaning, the algebra its accuracy.
    Z = others @ linalg.inv(np.linalg.qr(root * others, mode="r")) if p > 1 else others
    x = X[:, j] - Z @ (Z.T @ (w * X[:, j]))
    spread = y.std() or 1.0
    y = y + _TIE * spread * np.random.default_rng(0).standard_normal(n)
    M = np.column_stack([Z, x / np.sqrt(w @ x**2)])
    basis, scores = _solve(M, y, quantile, w)
    unit = np.sqrt(quantile * (1.0 - quantile))
    size = np.sqrt(w @ x**2)
    last = stats.t(max(w.sum() - p, 1.0)).ppf(0.5 + _FARTHEST / 2.0) * unit
    center = np.linalg.solve(M[basis], y[basis])[-1]
    up = _follow(M, y, w, basis, scores, last, 1.0)
    down = _follow(M, y, w, basis, scores, last, -1.0)
    apart = 1e-8 * spread * np.sqrt(w.sum())
    up, down = _merged(up, apart), _merged(down, apart)
    points = [*(-value for value, _ in reversed(down)), *(value for value, _ in up)]
    statistics = [*(-value for _, value in reversed(down)), *(value for _, value in up)]
    return RankPath(center / size, np.array(points) / size, np.array(statistics) / unit, float(w.sum() - p))


def _merged(steps: list[tuple[float, float]], apart: float) -> list[tuple[float, float]]:
    """Make one step of those at one value, which only the shift of y has separated."""
    merged: list[tuple[float, float]] = []
    for value, statistic in steps:
        if merged and value - merged[-1][0] <= apart:
            merged[-1] = (merged[-1][0], statistic)
        else:
            merged.append((value, statistic))
    return merged


def _solve(M: Array, y: Array, quantile: float, w: Array) -> tuple[NDArray[np.int64], Array]:
    """Return rows (p,) that the quantile's plane passes through, and dual scores (n,), by simplex pivots."""
    p = M.shape[1]
    b = np.linalg.lstsq(M * np.sqrt(w)[:, None], y * np.sqrt(w), rcond=None)[0]
    near = np.argsort(np.abs(y - M @ b))
    basis = near[_independent(M[near], p)]
    while True:
        inverse = np.linalg.inv(M[basis])
        residual = y - M @ (inverse @ y[basis])
        residual[basis] = 0.0
        scores = np.where(residual > 0, w, 0.0)
        scores[basis] = 0.0
        inner = ((1.0 - quantile) * (w @ M) - scores @ M) @ inverse
        excess = np.maximum(-inner, inner - w[basis])
        leaving = int(excess.argmax())
        if excess[leaving] <= 1e-9 * w[basis][leaving]:
            scores[basis] = np.clip(inner, 0.0, w[basis])
            return basis, scores
        # Beyond its upper bound the row wants a positive residual; the others in the basis stay on the plane.
        positive = inner[leaving] > w[basis][leaving]
        direction = M @ inverse[:, leaving] * (1.0 if positive else -1.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            length = residual / -direction
        length[basis] = np.inf
        length[~(length > 0)] = np.inf
        order = np.argsort(length)
        slope = -excess[leaving] + np.cumsum((w * np.abs(direction))[order])
        basis = basis.copy()
        basis[leaving] = order[int(np.argmax(slope >= 0))]


def _independent(M: Array, p: int) -> list[int]:
    """Return the first p rows that are linearly independent."""
    found: list[int] = []
    directions = np.zeros((0, p))
    unit = M / np.maximum(np.linalg.norm(M, axis=1, keepdims=True), 1e-300)
    for i, row in enumerate(unit):
        rest = row - (row @ directions.T) @ directions
        rest -= (rest @ directions.T) @ directions
        if np.linalg.norm(rest) > 1e-6:
            found.append(i)
            directions = np.vstack([directions, rest / np.linalg.norm(rest)])
            if len(found) == p:
                break
    return found


def _follow(
    M: Array, y: Array, w: Array, basis: NDArray[np.int64], scores: Array, last: float, sign: float
) -> list[tuple[float, float]]:
    """Return (value, statistic beyond it) as the last coefficient times `sign` rises, until -statistic > last."""
    Z, x = M[:, :-1], sign * M[:, -1]
    q = Z.shape[1]
    basis, scores = basis.copy(), scores.copy()
    value = sign * float(np.linalg.solve(M[basis], y[basis])[-1])
    statistic = 0.0
    steps: list[tuple[float, float]] = []
    while True:
        # p rows lie on the plane of p - 1 columns: their scores may move along one direction, which lowers x'a.
        direction = linalg.null_space(Z[basis].T)[:, 0] if q else np.ones(1)
        direction = direction * (-1.0 if x[basis] @ direction > 0 else 1.0)
        inner = scores[basis]
        with np.errstate(divide="ignore", invalid="ignore"):
            room = np.where(direction > 0, w[basis] - inner, inner) / np.abs(direction)
        room[np.abs(direction) < 1e-12] = np.inf
        leaving = int(room.argmin())
        scores[basis] = np.clip(inner + room[leaving] * direction, 0.0, w[basis])
        left = basis[leaving]
        scores[left] = w[left] if direction[leaving] > 0 else 0.0
        statistic += float(room[leaving]) * float(x[basis] @ direction)
        steps.append((value, statistic))
        if -statistic > last:
            return steps
        basis = np.delete(basis, leaving)
        inverse = np.linalg.inv(Z[basis]) if q else np.zeros((0, 0))
        base = y - Z @ (inverse @ y[basis])
        slope = x - Z @ (inverse @ x[basis])
        # Rows above the plane fall where the slope is positive, rows below rise where it is negative.
        meets = np.where(scores > 0.5 * w, slope, -slope) > 1e-12 * np.abs(x).max()
        meets[basis], meets[left] = False, False
        if not meets.any():
            return steps
        ahead = np.where(meets, np.maximum(base / np.where(meets, slope, 1.0), value), np.inf)
        entering = int(ahead.argmin())
        value = float(ahead[entering])
        basis = np.append(basis, entering)


@dataclass(frozen=True, eq=False)
class RankPath:
    """The rank test of one coefficient at every value; see :func:`rank_path`.

    Attributes
    ----------
    estimate : float
    points : ndarray of shape (m,)
        Values, rising, at which the statistic jumps.
    statistics : ndarray of shape (m,)
        Beyond each point, away from the estimate; falling.
    df : float
        Degrees of freedom of the t distribution that it is compared with.
    """

    estimate: float
    points: Array
    statistics: Array
    df: float

    def to_json(self) -> dict[str, Any]:
        """Return the path as plain JSON values."""
        return {
            "estimate": float(self.estimate),
            "points": self.points.tolist(),
            "statistics": self.statistics.tolist(),
            "df": float(self.df),
        }

    @classmethod
    def from_json(cls, state: dict[str, Any]) -> RankPath:
        """Rebuild a path from what `to_json` returned."""
        points, statistics = (np.array(state[name], dtype=np.float64) for name in ("points", "statistics"))
        if points.shape != statistics.shape or (np.diff(points) < 0).any():
            raise ValueError("its rank path is not one")
        return cls(state["estimate"], points, statistics, state["df"])

    def interval(self, level: float) -> Array:
        """Return the ends (2,) of what the test does not reject, interpolated in steps; infinite if it never does."""
        cut = stats.t(self.df).ppf(0.5 + level / 2.0)
        return np.array([self._reach(cut, -1.0), self._reach(cut, 1.0)])

    def _reach(self, cut: float, sign: float) -> float:
        away = sign * (self.points - self.estimate) >= -1e-300
        side = np.flatnonzero(away & (sign * self.statistics < 0))
        side = side if sign > 0 else side[::-1]
        size = np.abs(self.statistics[side])
        if not len(side) or size[-1] <= cut:
            return sign * np.inf
        k = int(np.argmax(size > cut))
        if k == 0:
            return float(self.points[side[0]])
        here, there = self.points[side[k - 1]], self.points[side[k]]
        share = (cut - size[k - 1]) / (size[k] - size[k - 1])
        return float(here + share * (there - here))

    def p_value(self, value: float) -> float:
        """Return the two-sided p-value of a hypothesised value; 0.00001 at least, where the path ends."""
        statistic = np.interp(value, self.points, self.statistics)
        return float(max(2.0 * stats.t(self.df).sf(abs(statistic)), 1.0 - _FARTHEST))
