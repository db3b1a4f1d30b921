"""The parametric bootstrap."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from deepstat.estimators.draw import Draw
from deepstat.inference.draws.lazy_draws import LazyDraws
from deepstat.inference.randomness import DRAW, generator


def parametric(
    simulate: Callable[[np.random.Generator], np.ndarray], n_draws: int, *, seed: int
) -> LazyDraws:
    """Draw new targets from the fitted model: the rows of X stay.

    Right as far as the family is: unlike the other schemes it learns nothing from the data about the errors' shape.

    Parameters
    ----------
    simulate : callable
        ``simulate(rng) -> y`` of shape (n,) or (n, k), e.g. from
        :func:`deepstat.inference.simulator.simulator`.
    n_draws : int
    seed : int

    Returns
    -------
    LazyDraws
        With `y`.

    References
    ----------
    Davison and Hinkley (1997), Bootstrap Methods and their Application, section 2.2.

    Examples
    --------
    >>> parametric(lambda rng: rng.poisson([1.0, 100.0]), 10, seed=0)[0].y
    array([  2, 108])
    """
    return LazyDraws(partial(_draw, simulate, seed), range(n_draws))


def _draw(simulate: Callable[[np.random.Generator], np.ndarray], seed: int, number: int) -> Draw:
    return Draw(y=np.asarray(simulate(generator(seed, DRAW, number))))
