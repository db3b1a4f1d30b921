"""The distribution of what is seen."""

from __future__ import annotations

from typing import Any


def as_seen(distribution: Any) -> Any:
    """Return ``distribution.observed()`` of a variable censored at limits, and any other distribution as it is.

    Parameters
    ----------
    distribution : PredictedDistribution

    Examples
    --------
    >>> as_seen("not censored")
    'not censored'
    """
    if not hasattr(distribution, "observed"):
        return distribution
    try:
        return distribution.observed()
    except NotImplementedError:  # not censored, or by ends of its own in each row
        return distribution


def has_ends(distribution: Any) -> bool:
    """Say whether targets are the two ends of what is known.

    Parameters
    ----------
    distribution : PredictedDistribution

    Examples
    --------
    >>> has_ends("not censored")
    False
    """
    family = getattr(distribution, "family", None)
    return family is not None and family.record.domain == "interval"
