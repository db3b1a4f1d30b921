"""All pairs of different nodes as the numbers from zero on."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def count_pairs(n: int, ordered: bool) -> int:
    """Return how many pairs of different nodes there are among n.

    Examples
    --------
    >>> count_pairs(4, ordered=False), count_pairs(4, ordered=True)
    (6, 12)
    """
    return n * (n - 1) // (1 if ordered else 2)


def code_pairs(pairs: NDArray[np.int64], n: int, ordered: bool) -> NDArray[np.int64]:
    """Return the numbers (m,), below :func:`count_pairs`, of pairs (m, 2) of different nodes.

    Pair (i, i + d mod n) has number ``(d - 1) n + i``. Unordered pairs have the smaller of their two distances d, and
    those at distance n / 2 the smaller node first: so these numbers have no gaps either.

    Examples
    --------
    >>> code_pairs(np.array([[0, 1], [3, 0], [0, 3], [0, 2], [2, 0]]), 4, ordered=False)
    array([0, 3, 3, 4, 4])
    """
    first, second = pairs[:, 0], pairs[:, 1]
    distance = (second - first) % n
    if not ordered:
        turned = (2 * distance > n) | ((2 * distance == n) & (first > second))
        first, distance = np.where(turned, second, first), np.where(turned, n - distance, distance)
    return (distance - 1) * n + first


def decode_pairs(codes: NDArray[np.int64], n: int) -> NDArray[np.int64]:
    """Return the pairs (m, 2) of numbers (m,), ordered or not.

    Examples
    --------
    >>> decode_pairs(np.arange(6), 4).tolist()
    [[0, 1], [1, 2], [2, 3], [3, 0], [0, 2], [1, 3]]
    """
    first = codes % n
    return np.column_stack([first, (first + codes // n + 1) % n])


def sample_codes(
    taken: NDArray[np.int64], n_codes: int, size: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Draw `size` distinct numbers below `n_codes` that are not among those taken, all subsets being equally likely.

    Parameters
    ----------
    taken : ndarray of int64
        Ascending, distinct.
    n_codes, size : int
    rng : numpy.random.Generator

    Raises
    ------
    ValueError
        Fewer are left.

    Examples
    --------
    >>> np.sort(sample_codes(np.array([1, 2]), 6, 4, np.random.default_rng(0)))
    array([0, 3, 4, 5])
    """
    rank = rng.choice(n_codes - len(taken), size, replace=False)
    # The number of rank r among those left is r + how many taken ones lie below it.
    return rank + np.searchsorted(taken - np.arange(len(taken)), rank, side="right")
