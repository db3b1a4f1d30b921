"""The density of residuals at a quantile: bandwidths, and estimates at one point or weighted by the columns."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

Array = NDArray[np.float64]
Bandwidth = Literal["hall_sheather", "bofinger"]


def residual_bandwidth(residual: Array, quantile: float, rule: Bandwidth, weight: Array) -> float:
    """Return the width, in units of the residuals, of the window in which their density is estimated.

    A rule gives h on the scale of probabilities; it becomes a width by normal quantiles, min(standard deviation, IQR /
    1.34) (Φ⁻¹(τ + h) - Φ⁻¹(τ - h)). Where τ ± h leaves (0, 1), h is halved until it does not.

    Parameters
    ----------
    residual : ndarray of shape (n,)
    quantile : float in (0, 1)
    rule : {"hall_sheather", "bofinger"}
        Of order n^(-1/3), made for intervals, or n^(-1/5), made for the density.
    weight : ndarray of shape (n,)
        Frequencies.

    Raises
    ------
    ValueError
        The rule is not known, or half of the residuals are equal, so that they have no density.

    References
    ----------
    Hall and Sheather (1988), On the distribution of a Studentized quantile, J. Royal Statistical Society B 50; Bofinger
    (1975), Estimation of a density function using order statistics, Australian J. Statistics 17; Koenker (2005),
    Quantile Regression, section 3.4.

    Examples
    --------
    >>> round(residual_bandwidth(np.linspace(-1.0, 1.0, 100), 0.5, "hall_sheather", np.ones(100)), 4)
    0.6431
    """
    n = weight.sum()
    z = norm.ppf(quantile)
    if rule == "hall_sheather":
        h = n ** (-1 / 3) * norm.ppf(0.975) ** (2 / 3) * (1.5 * norm.pdf(z) ** 2 / (2 * z**2 + 1)) ** (1 / 3)
    elif rule == "bofinger":
        h = n ** (-1 / 5) * (4.5 * norm.pdf(z) ** 4 / (2 * z**2 + 1) ** 2) ** (1 / 5)
    else:
        raise ValueError(f"bandwidth={rule!r} is not known: choose 'hall_sheather' or 'bofinger'.")
    while quantile - h <= 0 or quantile + h >= 1:
        h /= 2
    mean = weight @ residual / n
    deviation = np.sqrt(weight @ (residual - mean) ** 2 / n)
    between = np.subtract(*_quantiles(residual, weight, (0.75, 0.25))) / 1.34
    width = min(deviation, between) * (norm.ppf(quantile + h) - norm.ppf(quantile - h))
    if not width > 1e-12 * np.abs(residual).max():
        raise ValueError(
            "Half of the residuals are equal, so that they have no density: use covariance='bootstrap'."
        )
    return float(width)


def kernel(residual: Array, width: float) -> Array:
    """Return each residual's contribution to the density at zero, by Epanechnikov's kernel.

    Examples
    --------
    >>> kernel(np.array([0.0, 1.0, 3.0]), 2.0)
    array([0.375  , 0.28125, 0.     ])
    """
    return np.asarray(0.75 * np.clip(1.0 - (residual / width) ** 2, 0.0, None) / width)


def _quantiles(values: Array, weight: Array, levels: tuple[float, ...]) -> list[float]:
    """Return quantiles, interpolated between the order statistics of repeated rows."""
    order = np.argsort(values)
    ordered, mass = values[order], np.cumsum(weight[order])
    found = []
    for level in levels:
        place = level * (mass[-1] - 1.0)
        low, high = (
            min(int(np.searchsorted(mass, k, side="right")), len(mass) - 1)
            for k in (np.floor(place), np.ceil(place))
        )
        found.append(float(ordered[low] + (place - np.floor(place)) * (ordered[high] - ordered[low])))
    return found
