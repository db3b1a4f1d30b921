"""The pairs bootstrap."""

from __future__ import annotations

from functools import partial

import numpy as np

from deepstat.estimators.draw import Draw
from deepstat.inference.draws.lazy_draws import LazyDraws
from deepstat.inference.randomness import DRAW, generator


def pairs(n_rows: int, n_draws: int, *, seed: int) -> LazyDraws:
    """Draw whole rows with replacement, as many as there are.

    Parameters
    ----------
    n_rows, n_draws : int
    seed : int

    Returns
    -------
    LazyDraws
        With `rows`; the copies of a row stay on one side of an inner validation split.

    References
    ----------
    Efron (1979), Bootstrap methods: another look at the jackknife.

    Examples
    --------
    >>> draws = pairs(5, 200, seed=0)
    >>> len(draws), draws[7].rows.shape, bool((draws[7].rows == pairs(5, 8, seed=0)[7].rows).all())
    (200, (5,), True)
    """
    return LazyDraws(partial(_draw, n_rows, seed), range(n_draws))


def _draw(n_rows: int, seed: int, number: int) -> Draw:
    return Draw(rows=generator(seed, DRAW, number).integers(n_rows, size=n_rows, dtype=np.int32))
