"""Check levels."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def check_level(level: Any, name: str = "level") -> float:
    """Return a probability strictly between 0 and 1.

    Parameters
    ----------
    level : float
    name : str
        For the error.

    Raises
    ------
    ValueError
        It is out of range.

    Examples
    --------
    >>> check_level(0.9)
    0.9
    """
    if not isinstance(level, (int, float, np.number)) or not 0 < level < 1:
        raise ValueError(f"{name}={level!r} is out of range; give a number between 0 and 1, such as 0.95.")
    return float(level)


def check_levels(levels: Any, *, increasing: bool = False) -> NDArray[np.float64]:
    """Return levels as float64 of shape (m,), each strictly between 0 and 1.

    Parameters
    ----------
    levels : float or array-like of shape (m,)
    increasing : bool
        Whether each must lie above the one before.

    Raises
    ------
    ValueError
        They are out of range or out of order.

    Examples
    --------
    >>> check_levels([0.1, 0.9])
    array([0.1, 0.9])
    """
    array = np.atleast_1d(np.asarray(levels, dtype=np.float64))
    if array.ndim != 1 or not len(array) or not ((array > 0) & (array < 1)).all():
        raise ValueError(
            f"levels={levels!r} are out of range; give numbers between 0 and 1, such as [0.1, 0.5, 0.9]."
        )
    if increasing and (np.diff(array) <= 0).any():
        raise ValueError(f"levels={levels!r} are out of order; give each once, in increasing order.")
    return array
