"""One check for the options of schedules."""

from __future__ import annotations

import math


def check_fraction(name: str, value: float, low: float = 0.0, high: float = 1.0) -> None:
    """Raise unless low <= value <= high.

    Parameters
    ----------
    name : str
        Schedule and option, as the sentence shall say it: ``"cosine: end"``.
    value : float
    low, high : float
        `high` may be infinite.

    Raises
    ------
    ValueError
        The value lies outside, or is NaN.

    Examples
    --------
    >>> check_fraction("cosine: end", 0.1)
    >>> check_fraction("cosine: end", -1)
    Traceback (most recent call last):
        ...
    ValueError: cosine: end=-1 is not allowed; give a number from 0 to 1.
    """
    if not low <= value <= high:
        wanted = f"of at least {low:g}" if math.isinf(high) else f"from {low:g} to {high:g}"
        raise ValueError(f"{name}={value!r} is not allowed; give a number {wanted}.")
