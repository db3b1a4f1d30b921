"""The quantile of calibration scores that leaves room for the new one."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Masses such as 1/3 do not add up to one to the last bit: ranks are compared to this relative accuracy.
ROUNDING = 1e-9


def conformal_quantile(
    values: NDArray[np.floating[Any]], level: float, mass: NDArray[np.floating[Any]] | None = None
) -> Any:
    """Return the smallest value with at least ``level (n + 1)`` of n at or below it.

    Of n + 1 exchangeable numbers the last is at or below this quantile of the others with probability `level` at
    least, and with probability below ``level + 1 / (n + 1)`` if there are no ties.

    Parameters
    ----------
    values : ndarray of shape (..., n)
    level : float
        Between 0 and 1; taken for the decimal number that it prints as, so that 0.55 of 100 is 55.
    mass : ndarray of shape (n,) or None
        How many each value counts for; n is then their sum. None: one each.

    Returns
    -------
    float or ndarray of shape (...)
        Infinite where n is less than ``rows_needed(level)``.

    References
    ----------
    Vovk, Gammerman and Shafer (2005), Algorithmic learning in a random world.

    Examples
    --------
    >>> values = np.arange(1.0, 20.0)
    >>> float(conformal_quantile(values, 0.9)), float(conformal_quantile(values, 0.96))
    (18.0, inf)
    """
    values = np.asarray(values, dtype=np.float64)
    if mass is None:
        n = values.shape[-1]
        place = math.ceil(exact_rank(level, n))
        if place > n:
            return np.full(values.shape[:-1], np.inf)[()]
        return np.partition(values, place - 1, axis=-1)[..., place - 1]
    order = np.argsort(values, axis=-1)
    below = np.cumsum(np.asarray(mass, dtype=np.float64)[order], axis=-1)
    reached = below >= least_mass(level, float(np.sum(mass)))
    first = np.argmax(reached, axis=-1)[..., None]
    found = np.take_along_axis(values, np.take_along_axis(order, first, axis=-1), axis=-1)[..., 0]
    return np.where(reached.any(axis=-1), found, np.inf)[()]


def exact_rank(level: float, n: float) -> Fraction:
    """Return ``level (n + 1)``.

    Parameters
    ----------
    level : float
    n : int or float

    Returns
    -------
    Fraction

    Examples
    --------
    >>> exact_rank(0.55, 99), 0.55 * 100
    (Fraction(55, 1), 55.00000000000001)
    """
    return Fraction(repr(float(level))) * (Fraction(n) + 1)


def least_mass(level: float, n: float) -> float:
    """Return ``level (n + 1)`` less what sums of masses may lack by rounding.

    Parameters
    ----------
    level : float
    n : int or float

    Returns
    -------
    float
    """
    return float(exact_rank(level, n)) * (1.0 - ROUNDING)


def rows_needed(level: float) -> int:
    """Return how many calibration rows there must be for a finite quantile.

    Parameters
    ----------
    level : float

    Returns
    -------
    int

    Examples
    --------
    >>> rows_needed(0.9), rows_needed(0.95)
    (9, 19)
    """
    exact = Fraction(repr(float(level)))
    return math.ceil(exact / (1 - exact))
