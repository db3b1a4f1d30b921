"""Stateless random numbers: each draw's generator is a function of the seed, the purpose and the draw's number."""

from __future__ import annotations

from typing import Any

import numpy as np

from deepstat.estimators.settings import draw_seed

DRAW, FIT, SEEDS, DELETED, COLUMN = range(5)


def generator(seed: int, purpose: int, number: int = 0) -> np.random.Generator:
    """Return the generator of one draw, so that no draw needs those before it.

    Purpose and number go in as a spawn key: as further words of entropy, number 0 would give ``default_rng(seed)``,
    from which a user's simulated data may have come.

    Parameters
    ----------
    seed, purpose, number : int

    Returns
    -------
    numpy.random.Generator

    Examples
    --------
    >>> one, again, other = generator(0, DRAW, 3), generator(0, DRAW, 3), generator(0, DRAW, 4)
    >>> one.random() == again.random(), one.random() == other.random()
    (True, False)
    """
    return np.random.Generator(np.random.PCG64(_sequence(seed, purpose, number)))


def derived_seed(seed: int, purpose: int, number: int = 0) -> int:
    """Return a seed for a fit, one that any ``random_state`` accepts.

    Parameters
    ----------
    seed, purpose, number : int

    Returns
    -------
    int
        From 0 to 2**31 - 1.
    """
    return int(_sequence(seed, purpose, number).generate_state(1)[0]) & 0x7FFFFFFF


def root_seed(random_state: Any) -> int:
    """Return the seed that all others come from; None draws fresh entropy.

    Parameters
    ----------
    random_state : int, RandomState or None

    Returns
    -------
    int
    """
    return draw_seed(random_state)


def _sequence(seed: int, purpose: int, number: int) -> np.random.SeedSequence:
    return np.random.SeedSequence(seed, spawn_key=(purpose, number))
