"""Intervals from the scores of individuals held out."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepstat.conformal.calibration import Calibration, Values
from deepstat.conformal.conformal_quantile import conformal_quantile

# Ends of intervals that are ordered at once, one for each new row and held-out individual.
BLOCK = 1 << 22


def intervals(
    calibration: Calibration,
    score: Any,
    scores: Values,
    parts: Values,
    category: NDArray[np.intp],
    level: float,
) -> Values:
    """Return the interval of each new row.

    An individual's interval is what its own fits give to the new row with its own score. The upper end returned is the
    conformal quantile of the individuals' upper ends, the lower end likewise: with a single fit the usual split
    conformal interval, else the jackknife+ and its kin.

    Parameters
    ----------
    calibration : Calibration
    score : score of a regression
    scores : ndarray of shape (h,)
        Of the individuals held out.
    parts : ndarray of shape (M, m, q)
        What each fit says of the new rows.
    category : ndarray of int of shape (m,)
        -1: one that was not there in calibration.
    level : float

    Returns
    -------
    ndarray of shape (m, 2)
        Infinite where a category has too few individuals. Where the ends would cross, so that no target is left, both
        are the middle.

    References
    ----------
    Barber, Candes, Ramdas and Tibshirani (2021), Predictive inference with the jackknife+.
    """
    found = np.empty((len(category), 2))
    found[:] = -np.inf, np.inf
    for code in np.unique(category):
        own = np.flatnonzero(calibration.category == code)
        at = np.flatnonzero(category == code)
        if len(own) == 0:
            continue
        mass = None if calibration.mass is None else calibration.mass[own]
        if len(calibration.views) == 1:
            ends = score.ends(
                _combined(calibration, score, parts[:, at])[0], conformal_quantile(scores[own], level, mass)
            )
            found[at] = np.stack(ends, axis=1)
            continue
        size = max(1, BLOCK // len(own))
        for block in np.split(at, range(size, len(at), size)):
            said = _combined(calibration, score, parts[:, block])[calibration.view[own]]
            lower, upper = score.ends(said, scores[own, None])
            found[block, 0] = -conformal_quantile(-lower.T, level, mass)
            found[block, 1] = conformal_quantile(upper.T, level, mass)
    crossed = found[:, 0] > found[:, 1]
    found[crossed] = found[crossed].mean(axis=1, keepdims=True)
    return found


def _combined(calibration: Calibration, score: Any, parts: Values) -> Values:
    """Return what each view says, shape (V, m, q)."""
    views = calibration.views
    return score.combine(lambda values: np.tensordot(views, values, axes=1), parts)
