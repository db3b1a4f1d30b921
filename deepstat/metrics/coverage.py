"""Coverage of intervals."""

from __future__ import annotations

from typing import NamedTuple

from numpy.typing import ArrayLike

from deepstat.metrics.interval_score import check_interval
from deepstat.metrics.numbers import counts
from deepstat.metrics.wilson_interval import wilson_interval


class Coverage(NamedTuple):
    """A share of rows, and its interval.

    Attributes
    ----------
    share : float
        Rows whose value lies in the interval, ends included.
    low, high : float
        Wilson's interval for the probability behind it; the rows must be independent given the intervals.
    """

    share: float
    low: float
    high: float


def coverage(
    y: ArrayLike,
    low: ArrayLike,
    high: ArrayLike,
    *,
    confidence: float = 0.95,
    sample_weight: ArrayLike | None = None,
) -> Coverage:
    """Return the share of rows whose value lies in the interval, with Wilson's interval.

    Parameters
    ----------
    y : array-like of shape (n,)
    low, high : array-like of shape (n,)
        Ends, which belong to the interval; may be infinite.
    confidence : float, default=0.95
        Of Wilson's interval, not of the intervals under study.
    sample_weight : array-like of shape (n,) or None
        Frequencies.

    Returns
    -------
    Coverage

    Raises
    ------
    ValueError
        Shapes do not fit, values are missing, or an interval ends below its start.

    Examples
    --------
    >>> found = coverage([1, 2, 3, 9], [0, 0, 0, 0], [3, 3, 3, 3])
    >>> found.share, round(found.low, 3), round(found.high, 3)
    (0.75, 0.301, 0.954)
    """
    y, low, high = check_interval(y, low, high, infinite=True)
    weight = counts(sample_weight, len(y))
    share = min(1.0, float(weight @ ((low <= y) & (y <= high)) / weight.sum()))
    return Coverage(share, *wilson_interval(share, weight.sum(), confidence=confidence))
