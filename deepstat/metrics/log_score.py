"""Logarithmic score."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deepstat.metrics.numbers import average, numbers


def log_score(
    log_prob: ArrayLike, *, sample_weight: ArrayLike | None = None, per_row: bool = False
) -> float | NDArray[np.float64]:
    """Return minus the log density (log probability) of what was observed; natural logarithm.

    Densities have units: the log scores of a target in metres and in feet differ by log 3.28, and those of a density
    and a probability cannot be compared.

    Parameters
    ----------
    log_prob : array-like of shape (n,)
        ``log_prob(y)`` of a predicted distribution. Minus infinity makes the score infinite.
    sample_weight : array-like of shape (n,) or None
        Frequencies.
    per_row : bool, default=False
        Return the score of each row.

    Returns
    -------
    float, or ndarray of shape (n,)

    Raises
    ------
    ValueError
        The shape is another, or values are missing.

    References
    ----------
    Good (1952), Rational decisions, Journal of the Royal Statistical Society B 14.

    Examples
    --------
    >>> round(log_score(np.log([0.5, 0.25])), 4)
    1.0397
    """
    return average(-numbers("log_prob", log_prob, (None,), infinite=True), sample_weight, per_row=per_row)
