"""Decompose the log score of a binary forecast."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import xlogy

from deepstat.metrics.brier_decomposition import recalibrated
from deepstat.metrics.numbers import counts
from deepstat.metrics.probabilities import check_probabilities
from deepstat.metrics.score_decomposition import ScoreDecomposition


def log_score_decomposition(
    y: ArrayLike,
    probabilities: ArrayLike,
    *,
    bins: int | None = None,
    sample_weight: ArrayLike | None = None,
) -> ScoreDecomposition:
    """Return the log score of two classes as miscalibration - discrimination + uncertainty, exactly; in nats.

    Parameters
    ----------
    y : array-like of shape (n,)
        0 or 1.
    probabilities : array-like of shape (n,) or (n, 2)
        (n,): of code 1.
    bins : int or None
        None: forecasts are recalibrated by isotonic regression, and no part can be negative. A number: by the frequency
        in each of so many bins of equal width.
    sample_weight : array-like of shape (n,) or None
        Frequencies.

    Returns
    -------
    ScoreDecomposition
        A forecast of 0 for what happened makes score and miscalibration infinite.

    Raises
    ------
    ValueError
        Shapes do not fit, codes or probabilities are none, or there are more than two classes.

    References
    ----------
    Dimitriadis, Gneiting and Jordan (2021), Stable reliability diagrams for probabilistic classifiers, PNAS 118.

    Examples
    --------
    >>> parts = log_score_decomposition([0, 0, 0, 1], [0.25, 0.25, 0.25, 0.25])
    >>> round(parts.score, 4), parts.miscalibration, parts.discrimination
    (0.5623, 0.0, 0.0)
    """
    codes, p = check_probabilities(y, probabilities)
    if p.ndim == 2:
        raise ValueError(
            f"probabilities has {p.shape[1]} classes, and isotonic recalibration of the log score takes two; give the "
            "probability of one class and y == that class."
        )
    weight = counts(sample_weight, len(codes))
    share, happened = weight / weight.sum(), codes.astype(np.float64)
    rows = share > 0
    share, happened, p = share[rows], happened[rows], p[rows]
    again = recalibrated(p, happened, bins, share)
    score, best, none = (
        float(-share @ (xlogy(happened, q) + xlogy(1 - happened, 1 - q)))
        for q in (p, again, share @ happened)
    )
    return ScoreDecomposition(score, score - best, none - best, none)
