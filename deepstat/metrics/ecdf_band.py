"""Simultaneous band for an empirical distribution function."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import binom

from deepstat.metrics.levels import check_level, check_levels

# The pointwise level that gives the simultaneous one hardly changes beyond so many rows: taken from here it leaves
# the band's probability within half a percentage point of the stated one at a million rows and 61 levels.
MOST_ROWS = 20_000
HALVINGS = 20


def ecdf_band(
    levels: ArrayLike, n: int, *, confidence: float = 0.95
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return where the shares of n independent uniform numbers at or below each level lie, all at once.

    At each level the share is binomial; its equal-tailed interval is taken at the one pointwise level for which the
    shares lie in all intervals together with the stated probability. That probability is exact: the counts are a Markov
    chain over the levels. All levels thus have the same chance to fail, in the tails as in the middle.

    Parameters
    ----------
    levels : array-like of shape (m,)
        In increasing order.
    n : int
        Number of uniform numbers.
    confidence : float, default=0.95
        Probability that no share leaves its interval; a little more, because counts are whole.

    Returns
    -------
    low, high : ndarray of shape (m,)

    Raises
    ------
    ValueError
        Levels are out of range or order, or n is below 1.

    References
    ----------
    Säilynoja, Bürkner and Vehtari (2022), Graphical test for discrete uniformity and its applications in
    goodness-of-fit evaluation and multiple sample comparison, Statistics and Computing 32.

    Examples
    --------
    >>> low, high = ecdf_band([0.1, 0.5, 0.9], 100)
    >>> low, high
    (array([0.04, 0.38, 0.83]), array([0.17, 0.62, 0.96]))
    """
    levels = check_levels(levels, increasing=True)
    n = check_n(n)
    few = min(n, MOST_ROWS)
    pointwise = _pointwise_level(levels, few, 1 - check_level(confidence, "confidence"))
    return binom.ppf(pointwise / 2, n, levels) / n, binom.isf(pointwise / 2, n, levels) / n


def check_n(n: int) -> int:
    """Return a number of rows, from 1 on.

    Parameters
    ----------
    n : int

    Raises
    ------
    ValueError
        It is below 1 or no whole number.

    Examples
    --------
    >>> check_n(20)
    20
    """
    if n != int(n) or n < 1:
        raise ValueError(f"n={n!r} is no number of rows; give a whole number from 1 on.")
    return int(n)


def _pointwise_level(levels: NDArray[np.float64], n: int, alpha: float) -> float:
    """Return the largest pointwise level at which all counts are inside with probability 1 - alpha.

    By Bonferroni it lies between alpha / m and alpha.
    """
    least = alpha / len(levels)
    first, last = _counts(least, n, levels)
    states = [np.arange(a, b + 1) for a, b in zip(first, last, strict=True)]
    start = binom.pmf(states[0], n, levels[0])
    # The count at the next level adds those of the n - k numbers above this one that fall between the two.
    between = np.diff(levels) / (1 - levels[:-1])
    steps = [
        binom.pmf(after[None, :] - before[:, None], n - before[:, None], p)
        for before, after, p in zip(states[:-1], states[1:], between, strict=True)
    ]

    def inside(pointwise: float) -> float:
        low, high = _counts(pointwise, n, levels)
        allowed = [(state >= a) & (state <= b) for state, a, b in zip(states, low, high, strict=True)]
        mass = start * allowed[0]
        for step, ok in zip(steps, allowed[1:], strict=True):
            mass = (mass @ step) * ok
        return float(mass.sum())

    return largest_level(inside, least, alpha)


def _counts(
    pointwise: float, n: int, levels: NDArray[np.float64]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    low, high = binom.ppf(pointwise / 2, n, levels), binom.isf(pointwise / 2, n, levels)
    return low.astype(np.intp), high.astype(np.intp)


def largest_level(inside: Callable[[float], float], least: float, alpha: float) -> float:
    """Return the largest pointwise level in [least, alpha] at which `inside` is at least 1 - alpha, by bisection.

    Parameters
    ----------
    inside : callable
        ``inside(pointwise level) -> probability``, not increasing.
    least, alpha : float

    Examples
    --------
    >>> round(largest_level(lambda pointwise: 1 - 2 * pointwise, 0.01, 0.05), 4)
    0.025
    """
    low, high = least, alpha
    for _ in range(HALVINGS):
        middle = np.sqrt(low * high)
        low, high = (middle, high) if inside(middle) >= 1 - alpha else (low, middle)
    return float(low)
