"""The stratified bootstrap."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from deepstat.estimators.draw import Draw
from deepstat.inference.draws.labels import codes_of
from deepstat.inference.draws.lazy_draws import LazyDraws
from deepstat.inference.randomness import DRAW, generator


def stratified(strata: Any, n_draws: int, *, seed: int) -> LazyDraws:
    """Draw rows with replacement within each stratum, so that every draw keeps the strata's sizes.

    Parameters
    ----------
    strata : array-like of shape (n,)
        Stratum of each row. A stratum of one row never varies.
    n_draws : int
    seed : int

    Returns
    -------
    LazyDraws

    References
    ----------
    Davison and Hinkley (1997), Bootstrap Methods and their Application, section 3.2.

    Examples
    --------
    >>> rows = stratified(["a", "b", "a", "b", "b"], 10, seed=0)[3].rows
    >>> [int(sum(rows % 2 == side)) >= 2 for side in (0, 1)], len(rows)
    ([True, True], 5)
    """
    codes = codes_of("strata", strata)
    order = np.argsort(codes, kind="stable").astype(np.int32)
    sizes = np.bincount(codes)
    first, size = np.cumsum(sizes) - sizes, sizes[codes]
    return LazyDraws(partial(_draw, order, first[codes], size, seed), range(n_draws))


def _draw(order: np.ndarray, first: np.ndarray, size: np.ndarray, seed: int, number: int) -> Draw:
    """Give each row one of its own stratum: positions in `order`, where strata lie one after the other."""
    return Draw(rows=order[first + generator(seed, DRAW, number).integers(size)])
