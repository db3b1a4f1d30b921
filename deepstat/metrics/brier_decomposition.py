"""Decompose the Brier score."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deepstat.metrics.binned import binned
from deepstat.metrics.corp import corp
from deepstat.metrics.numbers import counts
from deepstat.metrics.probabilities import check_probabilities
from deepstat.metrics.score_decomposition import ScoreDecomposition


def brier_decomposition(
    y: ArrayLike,
    probabilities: ArrayLike,
    *,
    bins: int | None = None,
    sample_weight: ArrayLike | None = None,
) -> ScoreDecomposition:
    """Return the Brier score as miscalibration - discrimination + uncertainty, exactly.

    More than two classes: the sum of each class against the rest.

    Parameters
    ----------
    y : array-like of shape (n,)
        Codes 0, 1, ... of the classes.
    probabilities : array-like of shape (n,) or (n, K)
        (n,): of code 1.
    bins : int or None
        None: forecasts are recalibrated by isotonic regression, and no part can be negative. A number: by the
        frequency in each of so many bins of equal width; miscalibration can then be negative.
    sample_weight : array-like of shape (n,) or None
        Frequencies.

    Returns
    -------
    ScoreDecomposition

    Raises
    ------
    ValueError
        Shapes do not fit, codes are no whole numbers below K, or probabilities are none.

    References
    ----------
    Murphy (1973), A new vector partition of the probability score, Journal of Applied Meteorology 12.
    Dimitriadis, Gneiting and Jordan (2021), Stable reliability diagrams for probabilistic classifiers, PNAS 118.

    Examples
    --------
    Forecasts of 0 and 1 where the event happens in 1 and 3 of 4: well told apart, badly calibrated.

    >>> brier_decomposition([0, 0, 0, 1, 0, 1, 1, 1], [0, 0, 0, 0, 1, 1, 1, 1])
    ScoreDecomposition(score=0.25, miscalibration=0.0625, discrimination=0.0625, uncertainty=0.25)
    """
    codes, p = check_probabilities(y, probabilities)
    weight = counts(sample_weight, len(codes))
    share = weight / weight.sum()
    classes = [(p, codes == 1)] if p.ndim == 1 else [(column, codes == k) for k, column in enumerate(p.T)]
    return ScoreDecomposition(
        *sum(_binary(column, hit.astype(float), share, bins) for column, hit in classes).tolist()
    )


def _binary(
    p: NDArray[np.float64], happened: NDArray[np.float64], share: NDArray[np.float64], bins: int | None
) -> NDArray[np.float64]:
    again = recalibrated(p, happened, bins, share)
    score, best, none = (share @ (q - happened) ** 2 for q in (p, again, share @ happened))
    return np.array([score, score - best, none - best, none])


def recalibrated(
    p: NDArray[np.float64], happened: NDArray[np.float64], bins: int | None, weight: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the frequency of the event at each forecast: isotonic, or by bins.

    Parameters
    ----------
    p, happened, weight : ndarray of shape (n,)
    bins : int or None

    Examples
    --------
    >>> recalibrated(np.array([0.2, 0.4]), np.array([1.0, 0.0]), None, np.ones(2))
    array([0.5, 0.5])
    """
    if bins is None:
        return corp(p, happened, sample_weight=weight)
    return binned(p, happened, bins=bins, sample_weight=weight)
