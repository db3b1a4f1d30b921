"""Recalibrated probabilities by bins."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deepstat.metrics.numbers import counts, numbers


def binned(
    probability: ArrayLike, outcome: ArrayLike, *, bins: int = 10, sample_weight: ArrayLike | None = None
) -> NDArray[np.float64]:
    """Return how often the event happens in each forecast's bin; bins of equal width on [0, 1].

    The picture depends on the number of bins; :func:`deepstat.metrics.corp.corp` has none to choose.

    Parameters
    ----------
    probability : array-like of shape (n,)
    outcome : array-like of shape (n,)
        0 or 1.
    bins : int, default=10
    sample_weight : array-like of shape (n,) or None
        Frequencies.

    Returns
    -------
    ndarray of shape (n,)
        A row of a bin whose weights are all 0 keeps its forecast.

    Raises
    ------
    ValueError
        Shapes do not fit, or `bins` is no whole number from 1 on.

    Examples
    --------
    >>> binned([0.1, 0.2, 0.3, 0.9], [0, 1, 0, 1], bins=2)
    array([0.33333333, 0.33333333, 0.33333333, 1.        ])
    """
    probability = numbers("probability", probability, (None,))
    outcome = numbers("outcome", outcome, probability.shape)
    weight = counts(sample_weight, len(outcome))
    group = bin_of(probability, bins)
    total = np.bincount(group, weights=weight, minlength=bins)[group]
    happened = np.bincount(group, weights=weight * outcome, minlength=bins)[group]
    return np.where(total > 0, happened / np.where(total > 0, total, 1.0), probability)


def bin_of(probability: NDArray[np.float64], bins: int) -> NDArray[np.intp]:
    """Return the bin of each forecast, of `bins` bins of equal width; 1 belongs to the last.

    Parameters
    ----------
    probability : ndarray of shape (n,)
    bins : int

    Raises
    ------
    ValueError
        `bins` is no whole number from 1 on.

    Examples
    --------
    >>> bin_of(np.array([0.0, 0.5, 1.0]), 2)
    array([0, 1, 1])
    """
    if not isinstance(bins, (int, np.integer)) or isinstance(bins, bool) or bins < 1:
        raise ValueError(
            f"bins={bins!r} is no number of bins; give a whole number from 1 on, or None for isotonic."
        )
    return np.clip((probability * bins).astype(np.intp), 0, bins - 1)
