"""What fits say of individuals that they did not see."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import _safe_indexing

from deepstat.conformal.division import Division
from deepstat.conformal.units import Units

Values = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Calibration:
    """Held-out individuals, with what was predicted of them.

    Attributes
    ----------
    rows : ndarray of int of shape (h,)
        Row of each in the table.
    parts : ndarray of shape (h, q)
        Prediction of each by the average of fits that did not see it.
    view : ndarray of int of shape (h,)
    views : ndarray of shape (V, M)
        That average's number, and the weights of M fits in each.
    never : ndarray of bool of shape (h,)
        Whether every fit saw it.
    category : ndarray of int of shape (h,)
    mass : ndarray of shape (h,) or None
        What each counts for; None: one.
    sizes : ndarray of shape (n_categories,)
        Sum of the masses in each category.
    """

    rows: NDArray[np.intp]
    parts: Values
    view: NDArray[np.intp]
    views: Values
    never: NDArray[np.bool_]
    category: NDArray[np.intp]
    mass: Values | None
    sizes: Values

    def scored(self, scores: Values) -> Values:
        """Return scores with those of individuals that every fit saw made infinite."""
        return np.where(self.never, np.inf, scores)


def calibrate(
    members: Iterable[Any],
    X: Any,
    units: Units,
    division: Division,
    score: Any,
) -> tuple[list[Any], Calibration]:
    """Predict each held-out individual by the fits that did not see it, as they come.

    Parameters
    ----------
    members : iterable of M fitted estimators
    X : table
    units : Units
    division : Division
    score : score
        With ``predict(member, X) -> (n, q)``, and ``combine(average, parts) -> (n, q)`` for parts of shape (M, n, q)
        and a linear map over the first axis.

    Returns
    -------
    members : list
    Calibration
    """
    weights = division.views[division.view]
    kept, found = [], []
    for number, member in enumerate(members):
        kept.append(member)
        judged = np.flatnonzero(weights[:, number])
        rows, place = np.unique(units.rows[division.held[judged]], return_inverse=True)
        own = say(score, member, _safe_indexing(X, rows))[place] if len(rows) else np.zeros((0, 0))
        found.append((judged, own))
    width = max(own.shape[1] for _, own in found)
    parts = np.zeros((len(found), len(weights), width))
    for own, (judged, values) in zip(parts, found, strict=True):
        own[judged] = values

    def average(values: Values) -> Values:
        return np.einsum("hm,mh...->h...", weights, values)

    # Fits that saw an individual have weight zero. The average of the others stands in their place, not zeros, which
    # would be far from it and cost accuracy where squares are subtracted.
    combined = score.combine(average, np.where(weights.T[..., None] > 0, parts, average(parts)))
    mass, sizes = units.mass(division.held)
    return kept, Calibration(
        rows=units.rows[division.held],
        parts=combined,
        view=division.view,
        views=division.views,
        never=division.never,
        category=units.category[division.held],
        mass=mass,
        sizes=sizes,
    )


def say(score: Any, member: Any, X: Any) -> Values:
    """Return what a fit says of rows, after a check.

    Parameters
    ----------
    score : score
    member : fitted estimator
    X : table of shape (n, p)

    Returns
    -------
    ndarray of shape (n, q)

    Raises
    ------
    ValueError
        Predictions are missing or infinite.
    """
    parts = score.predict(member, X)
    if not np.isfinite(parts).all():
        raise ValueError(
            f"{type(member).__name__} predicted NaN or infinity for {(~np.isfinite(parts)).any(axis=1).sum()} rows; an "
            "interval or set needs finite predictions, so look at the fit."
        )
    return parts
