"""One check for every option of every loss: a number inside its interval."""

from __future__ import annotations

import math
from numbers import Real

from torch import Tensor

Number = float | Tensor


def check_option(name: str, value: object, low: float, high: float, closed: str = "neither") -> None:
    """Raise unless `value` is a number between `low` and `high`.

    Parameters
    ----------
    name : str
        Loss and option, as the sentence shall say it: ``"huber: delta"``.
    value : object
        What the user gave.
    low, high : float
        Ends of the interval; they may be infinite.
    closed : {"neither", "low", "high", "both"}
        The ends that are allowed themselves.

    Raises
    ------
    ValueError
        The value is no number (a bool is none), is NaN, or lies outside the interval.

    Examples
    --------
    >>> check_option("huber: delta", 1.345, 0.0, float("inf"))
    >>> check_option("huber: delta", -1, 0.0, float("inf"))
    Traceback (most recent call last):
        ...
    ValueError: huber: delta=-1 is not allowed; give a number in (0, inf).
    """
    left, right = ("[" if closed in ("low", "both") else "("), ("]" if closed in ("high", "both") else ")")
    number = float(value) if isinstance(value, Real) and not isinstance(value, bool) else math.nan
    inside = low < number < high or (left == "[" and number == low) or (right == "]" and number == high)
    if not inside:
        raise ValueError(f"{name}={value!r} is not allowed; give a number in {left}{low:g}, {high:g}{right}.")
