"""Calibration of quantiles."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deepstat.metrics.ecdf_band import ecdf_band
from deepstat.metrics.levels import check_levels
from deepstat.metrics.numbers import counts, numbers


class QuantileCalibration(NamedTuple):
    """Shares of rows at or below their quantiles, each of shape (m,).

    Attributes
    ----------
    levels : ndarray
        What the shares should be.
    share : ndarray
        What they are.
    low, high : ndarray
        Simultaneous band: where all shares lie together, with the stated probability, if the quantiles are right.
    """

    levels: NDArray[np.float64]
    share: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]


def quantile_calibration(
    y: ArrayLike,
    quantiles: ArrayLike,
    levels: ArrayLike,
    *,
    confidence: float = 0.95,
    sample_weight: ArrayLike | None = None,
) -> QuantileCalibration:
    """Return the share of rows at or below each predicted quantile, with a simultaneous band around the levels.

    The band holds for a continuous target, rows independent of each other and of the fit: give held-out rows. The
    quantiles of a discrete target reach their levels only from above; use
    :class:`deepstat.diagnostics.calibration_display.CalibrationDisplay` there.

    Parameters
    ----------
    y : array-like of shape (n,)
    quantiles : array-like of shape (n, m)
        A column for each level.
    levels : array-like of shape (m,)
        In increasing order.
    confidence : float, default=0.95
        Of the band.
    sample_weight : array-like of shape (n,) or None
        Frequencies; the band takes their sum as the number of rows.

    Returns
    -------
    QuantileCalibration

    Raises
    ------
    ValueError
        Shapes do not fit, values are missing, or levels are out of range or order.

    References
    ----------
    Säilynoja, Bürkner and Vehtari (2022), Graphical test for discrete uniformity and its applications in
    goodness-of-fit evaluation and multiple sample comparison, Statistics and Computing 32.

    Examples
    --------
    >>> found = quantile_calibration([1, 2, 3, 4], [[1.5, 3.5]] * 4, [0.25, 0.75])
    >>> found.share, found.low, found.high
    (array([0.25, 0.75]), array([0.  , 0.25]), array([0.75, 1.  ]))
    """
    tau = check_levels(levels, increasing=True)
    y = numbers("y", y, (None,))
    quantiles = numbers("quantiles", quantiles, (len(y), len(tau)))
    weight = counts(sample_weight, len(y))
    share = weight @ (y[:, None] <= quantiles) / weight.sum()
    return QuantileCalibration(
        tau, share, *ecdf_band(tau, max(1, round(weight.sum())), confidence=confidence)
    )
