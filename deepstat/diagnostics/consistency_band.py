"""Where a reliability curve lies if the forecasts are calibrated."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sklearn.isotonic import isotonic_regression

from deepstat.diagnostics.generator import generator
from deepstat.diagnostics.simulated_curves import whole
from deepstat.metrics.levels import check_level


def consistency_band(
    probability: NDArray[np.float64],
    group: NDArray[np.intp],
    weight: NDArray[np.float64],
    *,
    isotonic: bool,
    confidence: float,
    n_simulations: int,
    random_state: int | None = 0,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return pointwise quantiles of the recalibrated frequency of each group, in data drawn from the forecasts.

    Parameters
    ----------
    probability, weight : ndarray of shape (n,)
    group : ndarray of int of shape (n,)
        Rows that share a frequency; groups in order of their forecasts.
    isotonic : bool
        Whether frequencies of groups are pooled until they increase.
    confidence : float
    n_simulations : int
    random_state : int or None

    Returns
    -------
    low, high : ndarray of shape (number of groups,)

    References
    ----------
    Bröcker and Smith (2007), Increasing the reliability of reliability diagrams, Weather and Forecasting 22.

    Examples
    --------
    >>> p = np.array([0.0, 0.0, 1.0])
    >>> consistency_band(p, np.array([0, 0, 1]), np.ones(3), isotonic=True, confidence=0.9, n_simulations=10)
    (array([0., 1.]), array([0., 1.]))
    """
    tail = (1 - check_level(confidence, "confidence")) / 2
    times = whole(weight, len(weight))
    total = np.bincount(group, weights=weight)
    random = generator(random_state)
    found = np.empty((n_simulations, len(total)))
    for row in found:
        frequency = np.bincount(group, weights=random.binomial(times, probability)) / total
        row[:] = isotonic_regression(frequency, sample_weight=total) if isotonic else frequency
    low, high = np.quantile(found, [tail, 1 - tail], axis=0)
    return low, high
