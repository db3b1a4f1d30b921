"""Decompose the continuous ranked probability score."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deepstat.metrics.brier_decomposition import brier_decomposition
from deepstat.metrics.numbers import counts, numbers
from deepstat.metrics.score_decomposition import ScoreDecomposition


def crps_decomposition(
    y: ArrayLike,
    cdf: Callable[[float], NDArray[np.float64]],
    edges: ArrayLike,
    *,
    sample_weight: ArrayLike | None = None,
) -> ScoreDecomposition:
    """Return the CRPS as miscalibration - discrimination + uncertainty, exactly.

    The CRPS is the integral over thresholds z of the Brier score of the forecast F(z) of "y <= z". At each z these
    forecasts are recalibrated by isotonic regression, and each part is the integral of the Brier score's. No part can
    be negative. Miscalibration is 0 if the forecasts are right about every threshold ("threshold calibration"), which
    neither implies a flat PIT histogram nor follows from one. Other decompositions (by quantiles, by recalibrating
    whole distributions, or Hersbach's of ensembles) give other parts of the same sum.

    The integral is a sum over cells, with each cdf taken at the middle: exact where cdfs are steps and all their jumps
    are edges; else the error falls with the square of the width. A value of y between edges costs up to width / n.

    Parameters
    ----------
    y : array-like of shape (n,)
    cdf : callable
        ``cdf(z) -> (n,)``: each row's predicted probability of a value of at most the number z.
    edges : array-like of shape (m + 1,)
        Of the cells, in increasing order. They must span y, and the predictions but for tails that do not matter.
    sample_weight : array-like of shape (n,) or None
        Frequencies.

    Returns
    -------
    ScoreDecomposition

    Raises
    ------
    ValueError
        Shapes do not fit, values are missing, or edges are out of order or do not span y.

    References
    ----------
    Dimitriadis, Gneiting and Jordan (2021), Stable reliability diagrams for probabilistic classifiers, PNAS 118.
    Arnold, Walz, Ziegel and Gneiting (2024), Decompositions of the mean continuous ranked probability score, Electronic
    Journal of Statistics 18: the Brier score based one.

    Examples
    --------
    Two forecasts of certain values, one right and one too high by 1.

    >>> certain = np.array([0.0, 3.0])
    >>> crps_decomposition([0.0, 2.0], lambda z: (certain <= z).astype(float), [0.0, 2.0, 3.0])
    ScoreDecomposition(score=0.5, miscalibration=0.5, discrimination=0.5, uncertainty=0.5)
    """
    y = numbers("y", y, (None,))
    edges = numbers("edges", edges, (None,))
    if len(edges) < 2 or (np.diff(edges) <= 0).any():
        raise ValueError("edges must hold two numbers or more in increasing order.")
    if y.min() < edges[0] or y.max() > edges[-1]:
        raise ValueError(
            f"edges span [{edges[0]:g}, {edges[-1]:g}], but y reaches from {y.min():g} to {y.max():g}; widen them."
        )
    weight = counts(sample_weight, len(y))
    parts = np.zeros(4)
    for low, high in pairwise(edges):
        middle = low + (high - low) / 2
        forecast = np.clip(
            numbers("cdf(z)", cdf(middle), y.shape), 0.0, 1.0
        )  # clip: rounding of sums of probabilities
        parts += (high - low) * np.array(brier_decomposition(y <= middle, forecast, sample_weight=weight))
    return ScoreDecomposition(*parts.tolist())
