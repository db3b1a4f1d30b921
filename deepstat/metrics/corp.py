"""Recalibrated probabilities by isotonic regression."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.isotonic import isotonic_regression

from deepstat.metrics.numbers import counts, numbers


def corp(
    probability: ArrayLike, outcome: ArrayLike, *, sample_weight: ArrayLike | None = None
) -> NDArray[np.float64]:
    """Return how often the event happens at each forecast, as the increasing function of the forecast that fits best.

    Pool adjacent violators: best under the Brier score, the log score and every other proper score at once, with no
    bins to choose. Equal forecasts share a value.

    Parameters
    ----------
    probability : array-like of shape (n,)
        Forecasts; only their order counts.
    outcome : array-like of shape (n,)
        0 or 1.
    sample_weight : array-like of shape (n,) or None
        Frequencies.

    Returns
    -------
    ndarray of shape (n,)

    References
    ----------
    Dimitriadis, Gneiting and Jordan (2021), Stable reliability diagrams for probabilistic classifiers, PNAS 118.

    Examples
    --------
    >>> corp([0.1, 0.2, 0.3, 0.9], [0, 1, 0, 1])
    array([0. , 0.5, 0.5, 1. ])
    """
    probability = numbers("probability", probability, (None,))
    outcome = numbers("outcome", outcome, probability.shape)
    weight = counts(sample_weight, len(outcome))
    _, group = np.unique(probability, return_inverse=True)
    total = np.bincount(group, weights=weight)
    happened = np.bincount(group, weights=weight * outcome)
    # A forecast whose rows all have weight 0 takes no part; it gets the value of the forecast below it.
    used = total > 0
    fitted = isotonic_regression(happened[used] / total[used], sample_weight=total[used])
    return fitted[np.maximum(np.cumsum(used) - 1, 0)][group]
