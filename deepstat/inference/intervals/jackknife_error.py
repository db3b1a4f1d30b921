"""The jackknife's standard error."""

from __future__ import annotations

from typing import Any

import numpy as np

from deepstat.inference.intervals.levels import check_draws


def jackknife_error(values: Any) -> np.ndarray:
    """Return the standard error from the statistic without each of G groups of rows.

    Parameters
    ----------
    values : array-like of shape (G, ...)

    Returns
    -------
    ndarray of shape (...)

    References
    ----------
    Tukey (1958), Bias and confidence in not quite large samples.

    Examples
    --------
    >>> float(jackknife_error([1.0, 2.0, 3.0]).round(6))
    1.154701
    """
    values = check_draws(values)
    return np.sqrt((len(values) - 1) * values.var(axis=0))
