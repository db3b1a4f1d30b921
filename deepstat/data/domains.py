"""Values that a target may take, by the words that losses and distributions use."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Check = Callable[[NDArray[Any]], NDArray[np.bool_]]


def _is_count(y: NDArray[Any]) -> NDArray[np.bool_]:
    return (y >= 0) & (y == np.floor(y))


def _is_simplex(y: NDArray[Any]) -> NDArray[np.bool_]:
    return (y > 0) & (np.abs(y.sum(axis=1, keepdims=True) - 1.0) < 1e-6)


def _is_ranking(y: NDArray[Any]) -> NDArray[np.bool_]:
    return np.isnan(y) | (_is_count(y) & np.isfinite(y))


def _is_interval(y: NDArray[Any]) -> NDArray[np.bool_]:
    if y.shape[1] == 1:
        return np.isfinite(y)
    one_bound = np.isfinite(y).any(axis=1, keepdims=True)
    ordered = (y[:, :1] <= y[:, -1:]) & ~np.isnan(y).any(axis=1, keepdims=True)
    return np.broadcast_to(one_bound & ordered, y.shape)


# Of a matrix (n, k): words for messages, and whether each value is allowed.
DOMAINS: dict[str, tuple[str, Check]] = {
    "real": ("any real number", lambda y: np.ones(y.shape, dtype=bool)),
    "nonnegative": ("y >= 0", lambda y: y >= 0),
    "positive": ("y > 0", lambda y: y > 0),
    "count": ("whole numbers y >= 0", _is_count),
    "unit_interval": ("0 <= y <= 1", lambda y: (y >= 0) & (y <= 1)),
    "open_unit_interval": ("0 < y < 1", lambda y: (y > 0) & (y < 1)),
    "levels": ("numbers in order", lambda y: np.ones(y.shape, dtype=bool)),
    "trials": ("two columns of whole numbers, successes and failures", _is_count),
    "simplex": ("positive shares that sum to one in each row", _is_simplex),
    "ranking": (
        "the place of each item, from 1; 0 or NaN where it was not ranked",
        _is_ranking,
    ),
    "interval": (
        "numbers, or two columns lower <= upper of which at most one is infinite",
        _is_interval,
    ),
}
# Domains in which not every value is finite.
NOT_FINITE = ("ranking", "interval")
COLUMNS = {"trials": 2}


def check_domain(values: NDArray[np.float64], domain: str) -> None:
    """Raise ``ValueError`` unless a target (n,) or (n, k) lies in a domain.

    Examples
    --------
    >>> import numpy as np
    >>> check_domain(np.array([0.0, 2.0]), "count")
    >>> try:
    ...     check_domain(np.array([0.5]), "count")
    ... except ValueError as error:
    ...     print(str(error).split(", lie")[0])
    1 of 1 values of y, such as 0.5
    """
    words, allowed = DOMAINS[domain]
    matrix = values.reshape(len(values), -1)
    if matrix.shape[1] != COLUMNS.get(domain, matrix.shape[1]):
        raise ValueError(f"y has {matrix.shape[1]} column(s), but this model needs {words}.")
    outside = matrix[~allowed(matrix)]
    if outside.size:
        raise ValueError(
            f"{outside.size} of {matrix.size} values of y, such as {outside[0]:g}, lie outside what this "
            f"model allows ({words}); transform y or choose another loss or distribution."
        )
