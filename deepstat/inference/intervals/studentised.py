"""The studentised interval."""

from __future__ import annotations

from typing import Any

import numpy as np

from deepstat.inference.intervals.levels import check_draws
from deepstat.inference.intervals.percentile import percentile


def studentised(
    draws: Any, draw_errors: Any, estimate: Any, estimate_error: Any, level: float = 0.95
) -> np.ndarray:
    """Return the interval from the draws of (draw - estimate) / standard error, the bootstrap's t table.

    Parameters
    ----------
    draws, draw_errors : array-like of shape (B, ...)
        The statistic of each draw and its standard error in that draw.
    estimate, estimate_error : array-like of shape (...)
    level : float, default=0.95

    Returns
    -------
    ndarray of shape (2, ...)

    Raises
    ------
    ValueError
        A standard error is not positive.

    References
    ----------
    Hall (1988), Theoretical comparison of bootstrap confidence intervals.

    Examples
    --------
    >>> studentised([9.0, 10.0, 12.0], [1.0, 1.0, 1.0], 10.0, 2.0, level=0.9).round(6)
    array([ 6.4, 11.8])
    """
    draws, errors = check_draws(draws), check_draws(draw_errors)
    estimate, error = np.asarray(estimate, dtype=np.float64), np.asarray(estimate_error, dtype=np.float64)
    if not (np.all(errors > 0) and np.all(error > 0)):
        raise ValueError(
            "A standard error is zero, negative or NaN; a studentised interval needs positive ones."
        )
    return estimate - error * percentile((draws - estimate) / errors, level)[::-1]
