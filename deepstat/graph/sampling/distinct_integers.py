"""Uniform subsets, one for each of many ranges."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# A comparison costs about a hundredth of sorting a random key.
KEYS_ARE_FASTER_BELOW = 1 / 128


def distinct_integers(below: NDArray[np.integer], size: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Draw `size` distinct integers from each range ``0 .. below - 1``, all subsets being equally likely.

    Floyd's method (one pass over the `size` draws for all ranges together, ``size ** 2 / 2`` comparisons each)
    where the range is long, the smallest of random keys where it is short against ``size ** 2``.

    Parameters
    ----------
    below : ndarray of int of shape (b,)
        At least `size`, below ``2 ** 31``.
    size : int
    rng : numpy.random.Generator

    Returns
    -------
    ndarray of int64 of shape (b, size)
        The order within a row means nothing.

    Raises
    ------
    ValueError
        A range is shorter than `size`.

    References
    ----------
    Bentley, J. and Floyd, B. (1987). Programming pearls: a sample of brilliance. Communications of the ACM 30.

    Examples
    --------
    >>> drawn = distinct_integers(np.array([3, 1000]), 3, np.random.default_rng(0))
    >>> np.sort(drawn[0]), len(set(drawn[1]))
    (array([0, 1, 2]), 3)
    """
    if len(below) and below.min() < size:
        raise ValueError(f"{size} distinct integers do not fit in a range of {below.min()}.")
    drawn = np.empty((len(below), size), dtype=np.int64)
    short = below < size * size * KEYS_ARE_FASTER_BELOW
    drawn[~short] = _floyd(below[~short], size, rng)
    if short.any():
        drawn[short] = _smallest_keys(below[short], size, rng)
    return drawn


def _floyd(below: NDArray[np.integer], size: int, rng: np.random.Generator) -> NDArray[np.int32]:
    """Take a draw from the first ``below - size + step + 1`` integers, or, if it is taken, the last of them."""
    drawn = np.empty((size, len(below)), dtype=np.int32)
    for step in range(size):
        last = below - size + step
        # A float below 1 times an integer n below 2 ** 53 rounds to less than n.
        draw = (rng.random(len(below)) * (last + 1)).astype(np.int32)
        taken = (drawn[:step] == draw).any(axis=0)
        drawn[step] = np.where(taken, last, draw)
    return drawn.T


def _smallest_keys(below: NDArray[np.integer], size: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Give each integer of each range a random key and take those with the smallest."""
    row = np.repeat(np.arange(len(below)), below)
    first = np.cumsum(below) - below
    order = np.lexsort((rng.random(len(row)), row))
    chosen = order[first[:, None] + np.arange(size)]
    return chosen - first[:, None]
