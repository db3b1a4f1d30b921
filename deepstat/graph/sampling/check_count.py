"""Whether something is a number of things to draw."""

from __future__ import annotations

import operator
from typing import Any


def check_count(name: str, value: Any, *, least: int = 1, more: str = "") -> int:
    """Return an integer of at least `least`.

    Parameters
    ----------
    name : str
        What the error calls it.
    value : object
    least : int
    more : str
        What else the caller allows.

    Returns
    -------
    int

    Raises
    ------
    ValueError
        It is no integer or too small.

    Examples
    --------
    >>> check_count("n_roots", 3)
    3
    >>> check_count("n_roots", 0)
    Traceback (most recent call last):
    ValueError: n_roots is 0; give an integer of at least 1.
    """
    try:
        count = operator.index(value)
    except TypeError:
        count = least - 1
    if count < least or isinstance(value, bool):
        raise ValueError(f"{name} is {value!r}; give an integer of at least {least}{more}.")
    return count
