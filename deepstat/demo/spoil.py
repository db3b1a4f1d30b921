"""Outliers of a known kind: a zero too many."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


def spoil(y: ArrayLike, share: float, seed: int) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Multiply a random share of the values by ten, as a slip at the keyboard does.

    Parameters
    ----------
    y : array-like of shape (n,)
    share : float
        Between 0 and 1.
    seed : int

    Returns
    -------
    recorded : ndarray of shape (n,)
        A copy of `y` with the slips.
    spoiled : ndarray of bool of shape (n,)
        Which values were hit.

    Examples
    --------
    >>> recorded, spoiled = spoil([1.0, 2.0, 3.0, 4.0], share=0.25, seed=0)
    >>> recorded.tolist(), spoiled.tolist()
    ([1.0, 2.0, 3.0, 40.0], [False, False, False, True])
    """
    values = np.asarray(y, dtype=np.float64)
    spoiled = np.zeros(len(values), dtype=bool)
    spoiled[np.random.default_rng(seed).choice(len(values), round(share * len(values)), replace=False)] = True
    return np.where(spoiled, 10.0 * values, values), spoiled
