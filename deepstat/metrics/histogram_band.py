"""Simultaneous band for a histogram."""

from __future__ import annotations

import numpy as np
from scipy.stats import binom, poisson

from deepstat.metrics.ecdf_band import MOST_ROWS, check_n, largest_level
from deepstat.metrics.levels import check_level


def histogram_band(bins: int, n: int, *, confidence: float = 0.95) -> tuple[float, float]:
    """Return where the shares of n independent uniform numbers in equal bins lie, all bins at once.

    Each count's equal-tailed binomial interval is taken at the pointwise level for which all counts together are inside
    with the stated probability, computed exactly: a multinomial is Poissons given their sum.

    Parameters
    ----------
    bins : int
        From 2 on.
    n : int
    confidence : float, default=0.95
        Probability that no bin leaves the band; a little more, because counts are whole.

    Returns
    -------
    low, high : float
        Shares; 1 / bins lies between.

    Raises
    ------
    ValueError
        `bins` is below 2, n below 1, or the level out of range.

    References
    ----------
    Levin (1981), A representation for multinomial cumulative distribution functions, Annals of Statistics 9.

    Examples
    --------
    >>> histogram_band(10, 200)
    (0.045, 0.16)
    """
    if not isinstance(bins, (int, np.integer)) or bins < 2:
        raise ValueError(f"bins={bins!r} is no number of bins; give a whole number from 2 on.")
    n = check_n(n)
    alpha = 1 - check_level(confidence, "confidence")
    few = min(n, MOST_ROWS)
    total = poisson.pmf(few, few)

    def inside(pointwise: float) -> float:
        low, high = int(binom.ppf(pointwise / 2, few, 1 / bins)), int(binom.isf(pointwise / 2, few, 1 / bins))
        each = poisson.pmf(np.arange(low, high + 1), few / bins)
        together = np.ones(1)
        for _ in range(bins):
            together = np.convolve(together, each)
        at = few - bins * low  # the sums start at bins * low
        return float(together[at] / total) if 0 <= at < len(together) else 0.0

    pointwise = largest_level(inside, alpha / bins, alpha)
    return float(binom.ppf(pointwise / 2, n, 1 / bins) / n), float(binom.isf(pointwise / 2, n, 1 / bins) / n)
