"""Whether something is a source of random numbers."""

from __future__ import annotations

from typing import Any

import numpy as np


def check_generator(rng: Any) -> None:
    """Check that `rng` is a ``numpy.random.Generator``: a sample is a function of its state alone.

    Parameters
    ----------
    rng : object

    Raises
    ------
    TypeError
        It is something else, such as a seed.

    Examples
    --------
    >>> check_generator(np.random.default_rng(0))
    >>> check_generator(0)
    Traceback (most recent call last):
    TypeError: rng is of type int; give a numpy.random.Generator such as numpy.random.default_rng(0).
    """
    if not isinstance(rng, np.random.Generator):
        raise TypeError(
            f"rng is of type {type(rng).__name__}; "
            "give a numpy.random.Generator such as numpy.random.default_rng(0)."
        )
