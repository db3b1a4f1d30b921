"""A simultaneous band around what is expected, from simulated curves."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from deepstat.metrics.levels import check_level


def simultaneous(
    curves: NDArray[np.float64], expected: NDArray[np.float64], confidence: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return expected plus and minus c standard deviations, which hold the stated share of all curves at every point.

    Parameters
    ----------
    curves : ndarray of shape (B, m)
    expected : ndarray of shape (m,)
    confidence : float

    Returns
    -------
    low, high : ndarray of shape (m,)

    Examples
    --------
    >>> simultaneous(np.array([[0.0, 4.0], [2.0, 8.0]]), np.array([1.0, 6.0]), 0.9)
    (array([0., 4.]), array([2., 8.]))
    """
    deviation = curves.std(axis=0)
    scaled = np.abs(curves - expected) / np.where(deviation > 0, deviation, np.inf)
    # "higher": with few curves the next one up, so that the share is at least the stated one.
    half = np.quantile(scaled.max(axis=1), check_level(confidence, "confidence"), method="higher") * deviation
    return expected - half, expected + half
