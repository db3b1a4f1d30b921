"""Random numbers of the diagnostics."""

from __future__ import annotations

import numpy as np

# Of the spawned stream: plain default_rng(seed) may be where a user's simulated data came from.
STREAM = 1


def generator(random_state: int | None) -> np.random.Generator:
    """Return a generator that is a function of the seed alone; None takes fresh entropy.

    Parameters
    ----------
    random_state : int or None

    Examples
    --------
    >>> generator(0).random() == generator(0).random(), generator(0).random() == np.random.default_rng(0).random()
    (True, False)
    """
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(random_state, spawn_key=(STREAM,))))
