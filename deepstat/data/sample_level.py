"""The quantile or the expectile of a weighted sample."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray


def sample_level(
    y: NDArray[np.float64], weight: NDArray[np.float64], level: float, kind: Literal["quantile", "expectile"]
) -> float:
    """Return the constant of least quantile (or expectile) loss on a sample; weight 2 is the value twice.

    Parameters
    ----------
    y, weight : ndarray of shape (n,)
    level : float in (0, 1)
    kind : {"quantile", "expectile"}
        Quantiles are the lower ones: the smallest value with at least this share of the weight at or below it.

    Examples
    --------
    >>> y, weight = np.array([1.0, 2.0, 3.0, 10.0]), np.ones(4)
    >>> sample_level(y, weight, 0.5, "quantile"), sample_level(y, weight, 0.5, "expectile")
    (2.0, 4.0)
    """
    if kind == "quantile":
        order = np.argsort(y, kind="stable")
        cumulated = np.cumsum(weight[order])
        # A share of the total is reached up to rounding: weights of one third add up to a little less than one.
        reached = cumulated >= level * cumulated[-1] * (1 - 1e-12)
        return float(y[order][reached.argmax()])
    value = np.average(y, weights=weight)
    for _ in range(100):  # asymmetric least squares: exact once no residual changes its side
        own = weight * np.abs(level - (y < value))
        value, before = np.average(y, weights=own), value
        if value == before:
            break
    return float(value)
