"""Mean distribution function of the PIT."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deepstat.metrics.numbers import counts, numbers


def pit_curve(
    lower: ArrayLike, upper: ArrayLike, levels: ArrayLike, *, sample_weight: ArrayLike | None = None
) -> NDArray[np.float64]:
    """Return the probability, averaged over rows, that the PIT is at most each level; the levels if calibrated.

    Not randomised: a row with a jump counts with the part of the jump below the level. Differences at the edges of bins
    are the non-randomised PIT histogram; for continuous distributions it is the share of rows below their quantile.

    Parameters
    ----------
    lower, upper : array-like of shape (n,)
        From :func:`deepstat.diagnostics.pit_limits.pit_limits`.
    levels : array-like of shape (m,)
        From 0 to 1.
    sample_weight : array-like of shape (n,) or None
        Frequencies.

    Returns
    -------
    ndarray of shape (m,)

    Raises
    ------
    ValueError
        Shapes do not fit, or values are missing.

    References
    ----------
    Czado, Gneiting and Held (2009), Predictive model assessment for count data, Biometrics 65.

    Examples
    --------
    One row with the jump from 0 to 0.5, one without a jump at 0.7.

    >>> pit_curve([0.0, 0.7], [0.5, 0.7], [0.25, 0.5, 0.75])
    array([0.25, 0.5 , 1.  ])
    """
    lower = numbers("lower", lower, (None,))
    upper = numbers("upper", upper, lower.shape)
    weight = counts(sample_weight, len(lower))
    weight = weight / weight.sum()
    width = upper - lower
    jumps = width > 0
    per_unit = np.where(jumps, 1 / np.where(jumps, width, 1.0), 0.0)
    # Level by level: rows times levels would not fit beside many simulated data sets.
    return np.array(
        [
            weight @ np.where(jumps, np.clip((level - lower) * per_unit, 0.0, 1.0), upper <= level)
            for level in numbers("levels", levels, (None,))
        ]
    )
