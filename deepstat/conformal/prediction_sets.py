"""Sets of classes from the scores of individuals held out."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from deepstat.conformal.calibration import Calibration, Values
from deepstat.conformal.conformal_quantile import least_mass


def prediction_sets(
    calibration: Calibration,
    score: Callable[[Values], Values],
    scores: Values,
    probabilities: Values,
    category: NDArray[np.intp],
    level: float,
) -> NDArray[np.bool_]:
    """Return for each new row the classes whose score is no larger than those of too many individuals.

    Each individual is compared with the class's score under the fits that did not see that individual. A class is left
    out if ``level (n + 1)`` individuals or more have smaller scores; with a single fit, if its score exceeds their
    conformal quantile.

    Parameters
    ----------
    calibration : Calibration
    score : callable
        ``score(probabilities) -> (m, n_classes)`` for the new rows.
    scores : ndarray of shape (h,)
        Of the individuals held out and their own classes.
    probabilities : ndarray of shape (M, m, n_classes)
        What each fit says of the new rows.
    category : ndarray of int of shape (m, n_classes)
        That a new row would be in if it were of the class; -1: one that was not there in calibration.
    level : float

    Returns
    -------
    ndarray of bool of shape (m, n_classes)

    References
    ----------
    Romano, Sesia and Candes (2020), Classification with valid and adaptive coverage.
    """
    below = np.zeros(category.shape)
    mass = np.ones(len(scores)) if calibration.mass is None else calibration.mass
    order = np.lexsort((scores, calibration.category, calibration.view))
    view, own_category = calibration.view[order], calibration.category[order]
    starts = np.flatnonzero(np.r_[True, (np.diff(view) != 0) | (np.diff(own_category) != 0)])
    places = {code: np.nonzero(category == code) for code in np.unique(category).tolist()}
    said, seen_by = np.empty(category.shape), -1
    for group in np.split(order, starts[1:]):
        at = places.get(int(calibration.category[group[0]]))
        if at is None:
            continue
        if calibration.view[group[0]] != seen_by:
            seen_by = int(calibration.view[group[0]])
            said = score(np.tensordot(calibration.views[seen_by], probabilities, axes=1))
        total = np.r_[0.0, np.cumsum(mass[group])]
        below[at] += total[np.searchsorted(scores[group], said[at], side="left")]
    least = np.array([least_mass(level, float(size)) for size in calibration.sizes])
    return (category < 0) | (below < least[category])
