"""Permutations of rows, free or within groups."""

from __future__ import annotations

import numpy as np

from deepstat.inference.randomness import DRAW, generator


def permutation(n_rows: int, number: int, *, seed: int, groups: np.ndarray | None = None) -> np.ndarray:
    """Return a random order of the rows.

    Parameters
    ----------
    n_rows : int
    number : int
        Of the permutation; each is a function of `seed` and `number` alone.
    seed : int
    groups : ndarray of int of shape (n,) or None
        Rows change places within groups only.

    Returns
    -------
    ndarray of int of shape (n,)

    Examples
    --------
    >>> order = permutation(6, 0, seed=0, groups=np.array([0, 1, 0, 1, 0, 1]))
    >>> bool((order % 2 == np.arange(6) % 2).all()), sorted(order.tolist())
    (True, [0, 1, 2, 3, 4, 5])
    """
    order = generator(seed, DRAW, number).permutation(n_rows)
    if groups is None:
        return order
    out = np.empty_like(order)
    out[np.argsort(groups, kind="stable")] = order[np.argsort(groups[order], kind="stable")]
    return out
