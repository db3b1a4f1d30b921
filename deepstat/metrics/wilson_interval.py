"""Wilson's interval for a share."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtri

from deepstat.metrics.levels import check_level


def wilson_interval(share: float, n: float, *, confidence: float = 0.95) -> tuple[float, float]:
    """Return Wilson's interval for a probability, from the share in which it came true.

    Parameters
    ----------
    share : float in [0, 1]
    n : float
        Number of independent trials.
    confidence : float, default=0.95

    Returns
    -------
    (low, high)

    Raises
    ------
    ValueError
        The share is outside [0, 1], n is not positive, or the level is out of range.

    References
    ----------
    Wilson (1927), Probable inference, the law of succession, and statistical inference, JASA 22.

    Examples
    --------
    >>> low, high = wilson_interval(0.95, 200)
    >>> round(low, 4), round(high, 4)
    (0.9104, 0.9726)
    """
    if not 0 <= share <= 1 or not n > 0:
        raise ValueError(
            f"share={share!r} of n={n!r}; give a share between 0 and 1 of a positive number of trials."
        )
    z = float(ndtri((1 + check_level(confidence, "confidence")) / 2))
    middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    return max(0.0, float(middle - half)), min(1.0, float(middle + half))
