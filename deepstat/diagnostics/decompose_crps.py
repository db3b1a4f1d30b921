"""Decompose the CRPS of predicted distributions."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deepstat.diagnostics.as_seen import as_seen
from deepstat.metrics.crps_decomposition import crps_decomposition
from deepstat.metrics.numbers import numbers
from deepstat.metrics.score_decomposition import ScoreDecomposition

# Levels whose quantiles say where the predictions have their mass.
LEVELS = np.concatenate(
    [[1e-6, 1e-4, 1e-3, 0.01], np.arange(0.05, 0.96, 0.05), [0.99, 0.999, 1 - 1e-4, 1 - 1e-6]]
)


def decompose_crps(
    y: ArrayLike, distribution: Any, *, n_cells: int = 400, sample_weight: ArrayLike | None = None
) -> ScoreDecomposition:
    """Return the mean CRPS as miscalibration - discrimination + uncertainty.

    The parts are those of :func:`deepstat.metrics.crps_decomposition.crps_decomposition`; this finds the thresholds at
    which the predicted distributions are compared with the data.

    Parameters
    ----------
    y : array-like of shape (n,)
    distribution : PredictedDistribution
        Of n rows, with cdf and icdf, of a real target.
    n_cells : int, default=400
        Edges of cells that are taken from y, and as many from predicted quantiles; each costs a cdf and a sort of all
        rows. Whole numbers have a cell each, if these are enough.
    sample_weight : array-like of shape (n,) or None
        Frequencies.

    Returns
    -------
    ScoreDecomposition
        Its score agrees with the mean of ``distribution.crps(y)`` up to the error of the integral: 1e-4 of it, 1e-3 for
        very sharp forecasts.

    Raises
    ------
    ValueError
        Shapes do not fit, values are missing, there are fewer than 10 cells, or the target is a direction.
    NotImplementedError
        The family has no cdf or icdf.

    References
    ----------
    Arnold, Walz, Ziegel and Gneiting (2024), Decompositions of the mean continuous ranked probability score, Electronic
    Journal of Statistics 18: the Brier score based one.

    Examples
    --------
    Forecasts of one and the same distribution tell no rows apart.

    >>> from scipy import stats
    >>> class Normal:
    ...     def __init__(self, n): self.n = n
    ...     def __len__(self): return self.n
    ...     def cdf(self, y): return stats.norm.cdf(y)
    ...     def icdf(self, q): return np.tile(stats.norm.ppf(q), (self.n, 1))
    >>> parts = decompose_crps(stats.norm.ppf((np.arange(50) + 0.5) / 50), Normal(50))
    >>> round(parts.discrimination, 6), round(parts.uncertainty, 3)
    (0.0, 0.56)
    """
    if n_cells < 10:
        raise ValueError(f"n_cells={n_cells!r} is too few for an integral; give 10 or more.")
    family = getattr(distribution, "family", None)
    if family is not None and family.record.center == "direction":
        raise ValueError(
            f"{family.name!r} is of directions, whose CRPS is an integral over arcs; average crps(y) instead."
        )
    n, distribution = len(distribution), as_seen(distribution)
    y = numbers("y", y, (n,))
    levels = _levels(distribution)
    if levels is not None:  # the ranked probability score: levels are one apart, whatever their numbers
        codes = np.searchsorted(levels, y).astype(np.float64)
        return crps_decomposition(
            codes,
            lambda code: np.asarray(distribution.cdf(np.full(n, levels[int(code)])), dtype=np.float64),
            np.arange(len(levels)),
            sample_weight=sample_weight,
        )
    predicted = np.asarray(distribution.icdf(LEVELS), dtype=np.float64).ravel()
    edges = _edges(y, predicted[np.isfinite(predicted)], n_cells)

    def cdf(threshold: float) -> NDArray[np.float64]:
        return np.asarray(distribution.cdf(np.full(n, threshold)), dtype=np.float64)

    return crps_decomposition(y, cdf, edges, sample_weight=sample_weight)


def _levels(distribution: Any) -> NDArray[np.float64] | None:
    """Return the numbers of the levels of an ordinal target that has them; codes 0, 1, ... need none."""
    family = getattr(distribution, "family", None)
    if family is None or family.record.domain != "levels" or distribution.members[0].levels is None:
        return None
    return np.asarray(distribution.members[0].levels, dtype=np.float64)


def _edges(y: NDArray[np.float64], predicted: NDArray[np.float64], n_cells: int) -> NDArray[np.float64]:
    """Return edges at the values themselves if they are few, else closest where values are dense, ends included."""
    low, high = min(y.min(), predicted.min()), max(y.max(), predicted.max())
    if (predicted == np.rint(predicted)).all() and (y == np.rint(y)).all() and high - low <= n_cells:
        return np.arange(low, high + 2)
    edges = np.unique(np.concatenate([_thinned(y, n_cells), _thinned(predicted, n_cells)]))
    return edges if len(edges) > 1 else np.array([edges[0], edges[0] + 1])


def _thinned(values: NDArray[np.float64], most: int) -> NDArray[np.float64]:
    values = np.unique(values)
    if len(values) <= most:
        return values
    return values[np.rint(np.linspace(0, len(values) - 1, most)).astype(np.intp)]
