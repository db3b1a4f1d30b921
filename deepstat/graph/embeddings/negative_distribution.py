"""The distribution that negative samples are drawn from."""

from __future__ import annotations

from typing import Any

import numpy as np


def negative_distribution(counts: Any, power: float = 0.75) -> np.ndarray:
    """Return probabilities proportional to a power of counts, as skip-gram with negative sampling draws from.

    Parameters
    ----------
    counts : array-like of shape (n,)
        How often each node occurs (as a context on walks, or its degree).
    power : float, default 0.75
        1: as often as counted; 0: all nodes that occur alike. A node that never occurs is never drawn.

    Returns
    -------
    ndarray of shape (n,)

    Raises
    ------
    ValueError
        If a count is negative or not finite, or all are zero, or the power is not finite.

    References
    ----------
    Mikolov, Sutskever, Chen, Corrado and Dean (2013), "Distributed representations of words and phrases and their
    compositionality", NeurIPS, section 2.2.

    Examples
    --------
    >>> negative_distribution([16, 1, 0]).round(3).tolist()
    [0.889, 0.111, 0.0]
    """
    counts = np.asarray(counts, dtype=np.float64)
    if counts.ndim != 1 or not np.isfinite(counts).all() or (counts < 0).any() or not counts.any():
        raise ValueError("counts must be a list of finite numbers of at least 0, not all of them 0.")
    if not np.isfinite(power):
        raise ValueError(f"power={power!r} is not allowed: give a finite number.")
    occurs = counts > 0
    # Relative to the largest, so that no power of a large count overflows.
    mass = np.where(occurs, np.where(occurs, counts / counts.max(), 1.0) ** power, 0.0)
    return mass / mass.sum()
