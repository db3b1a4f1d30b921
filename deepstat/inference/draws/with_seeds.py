"""Give the fits of draws their seeds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from deepstat.estimators.draw import Draw
from deepstat.inference.draws.lazy_draws import LazyDraws
from deepstat.inference.randomness import FIT, derived_seed


def with_seeds(draws: Sequence[Draw], seed: int | None, *, varying: bool) -> LazyDraws:
    """Set the seed of each draw's fit; a draw that brings its own keeps it.

    Parameters
    ----------
    draws : sequence of Draw
    seed : int or None
        None: the estimator has no ``random_state``.
    varying : bool
        Draw b gets the seed derived from `seed` and b + 1, else all get `seed` itself.

    Returns
    -------
    LazyDraws

    Examples
    --------
    >>> [draw.seed for draw in with_seeds([Draw(), Draw(seed=3)], 7, varying=False)]
    [7, 3]
    >>> len({draw.seed for draw in with_seeds([Draw()] * 5, 7, varying=True)})
    5
    """
    return LazyDraws(partial(_draw, draws, seed, varying), range(len(draws)))


def _draw(draws: Sequence[Draw], seed: int | None, varying: bool, number: int) -> Draw:
    draw = draws[number]
    if seed is None or draw.seed is not None:
        return draw
    return replace(draw, seed=derived_seed(seed, FIT, number + 1) if varying else seed)
