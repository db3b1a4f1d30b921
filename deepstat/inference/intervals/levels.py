"""Check a confidence level and the draws behind an interval."""

from __future__ import annotations

from typing import Any

import numpy as np


def tails(level: float) -> tuple[float, float]:
    """Return the probabilities of the lower and the upper end of an equal-tailed interval.

    Parameters
    ----------
    level : float
        Between 0 and 1, both excluded.

    Raises
    ------
    ValueError
        The level is out of range.

    Examples
    --------
    >>> tails(0.9)
    (0.05, 0.95)
    """
    if not 0 < level < 1:
        raise ValueError(f"level={level!r} is out of range; give a number between 0 and 1, such as 0.95.")
    low = round((1 - level) / 2, 15)  # .05, not .04999999999999998: quantiles then fall on whole ranks
    return low, 1 - low


def check_draws(draws: Any) -> np.ndarray:
    """Return the draws as a float array (B, ...) of at least two.

    Parameters
    ----------
    draws : array-like of shape (B, ...)

    Raises
    ------
    ValueError
        There are fewer than two.
    """
    array = np.asarray(draws, dtype=np.float64)
    if array.ndim == 0 or len(array) < 2:
        raise ValueError(
            f"draws has shape {array.shape}; an interval needs at least two draws on the first axis."
        )
    return array
