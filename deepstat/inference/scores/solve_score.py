"""Newton's method for the root of a score."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Array = np.ndarray
STEPS, HALVINGS, TOLERANCE = 100, 30, 1e-10


def solve_score(
    score: Callable[[Array], tuple[Array, Array]], start: Array, weight: Array
) -> tuple[Array, Array, Array]:
    """Return the root of a weighted sum of scores, with the scores and the derivative there.

    Parameters
    ----------
    score : callable
        ``score(b) -> (rows (n, q), minus the derivative of their weighted sum (q, q))``.
    start : ndarray of shape (q,)
    weight : ndarray of shape (n,)

    Returns
    -------
    coef : ndarray of shape (q,)
    rows : ndarray of shape (n, q)
    jacobian : ndarray of shape (q, q)

    Raises
    ------
    ValueError
        There is no root to be found.

    Examples
    --------
    >>> x = np.array([1.0, 2.0, 4.0])
    >>> score = lambda b: ((x - np.exp(b))[:, None], 3 * np.exp(b)[:, None])
    >>> coef, _, _ = solve_score(score, np.zeros(1), np.ones(3))
    >>> np.exp(coef).round(6)  # the mean
    array([2.333333])
    """
    coef = np.asarray(start, dtype=np.float64)
    rows, jacobian = score(coef)
    total = weight @ rows
    unit = np.sqrt(weight @ rows**2)  # of each equation, so that lengths can be compared
    for _ in range(STEPS):
        step = _newton_step(jacobian, total)
        if step is None:
            break
        found, least, size = None, _length(total, unit), 1.0
        for _ in range(HALVINGS):
            with np.errstate(all="ignore"):
                new = score(coef + size * step)
                length = _length(weight @ new[0], unit)
            if found is not None and not length < least:
                break  # shorter steps no longer help
            if length <= (1 - size / 4) * least:
                found, least = (size, *new), length
                if size == 1:
                    break
            size /= 2
        if found is None:
            if least < TOLERANCE:  # nothing is left but rounding
                return coef, rows, jacobian
            break
        size, rows, jacobian = found
        coef, total = coef + size * step, weight @ rows
        if np.abs(size * step).max() <= TOLERANCE * (1 + np.abs(coef).max()):
            return coef, rows, jacobian
    raise ValueError(
        "The score has no root to be found: y or a column of D hardly varies given Z; use more rows, fewer columns, or "
        "a learner that fits more smoothly."
    )


def _newton_step(jacobian: Array, total: Array) -> Array | None:
    try:
        step = np.linalg.solve(jacobian, total)
    except np.linalg.LinAlgError:
        return None
    return step if np.isfinite(step).all() else None


def _length(total: Array, unit: Array) -> float:
    length = float(np.max(np.abs(total) / np.where(unit > 0, unit, 1.0)))
    return length if np.isfinite(length) else np.inf
