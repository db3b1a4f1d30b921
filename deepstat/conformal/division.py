"""Who is held out of which fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from deepstat.conformal.units import Units
from deepstat.estimators.draw import Draw
from deepstat.inference.draws.deletion_labels import deletion_labels
from deepstat.inference.draws.lazy_draws import LazyDraws
from deepstat.inference.randomness import DELETED, DRAW, generator

# Purpose of the random number of resamples, beside those of deepstat.inference.randomness.
RESAMPLES = 16


@dataclass(frozen=True, eq=False)
class Division:
    """The fits, and for each individual held out by some of them, which.

    Attributes
    ----------
    draws : sequence of Draw, of length M
        What each of M fits learns from.
    held : ndarray of int of shape (h,)
        Numbers of the individuals that calibrate.
    view : ndarray of int of shape (h,)
        Each one's row of `views`.
    views : ndarray of shape (V, M)
        Weights of fits, whose averages are the predictions to calibrate: of those that did not see an individual.
    never : ndarray of bool of shape (h,)
        Individuals that every fit saw; their score is taken as infinite, the only one that promises nothing.
    """

    draws: Sequence[Draw]
    held: NDArray[np.intp]
    view: NDArray[np.intp]
    views: NDArray[np.float64]
    never: NDArray[np.bool_]


def hold_all(units: Units) -> Division:
    """Hold all individuals out of one fit, which exists already.

    Parameters
    ----------
    units : Units

    Returns
    -------
    Division
        Without draws.
    """
    n = len(units.rows)
    return Division([], np.arange(n), np.zeros(n, dtype=np.intp), np.ones((1, 1)), np.zeros(n, dtype=bool))


def split_once(units: Units, *, fraction: float, seed: int) -> Division:
    """Hold out a share of the units, drawn at random: within each category, or, with clusters, of all of them.

    Parameters
    ----------
    units : Units
    fraction : float
        Between 0 and 1. One unit at least is held out, and one not.
    seed : int

    Returns
    -------
    Division
        One fit.

    Raises
    ------
    ValueError
        There is only one unit.

    Examples
    --------
    >>> division = split_once(Units.of(np.zeros(10, dtype=int)), fraction=0.3, seed=0)
    >>> len(division.held), len(division.draws[0].rows)
    (3, 7)
    """
    _check_two(units)
    order = generator(seed, DELETED).permutation(units.n_units)
    strata = units.category if units.clusters is None else np.zeros(units.n_units, dtype=np.intp)
    calibrates = np.zeros(units.n_units, dtype=bool)
    for stratum in np.unique(strata):
        own = order[strata[order] == stratum]
        wanted = max(1, int(fraction * len(own) + 0.5))
        calibrates[own[: min(wanted, len(own) - 1)]] = True
    if not calibrates.any():  # every category has one row only
        calibrates[order[0]] = True
    held = np.flatnonzero(calibrates[units.unit])
    draw = units.draw((~calibrates[units.unit]).astype(np.intp))
    zeros = np.zeros(len(held), dtype=np.intp)
    return Division([draw], held, zeros, np.ones((1, 1)), zeros.astype(bool))


def deal_folds(units: Units, *, n_folds: int, seed: int) -> Division:
    """Hold out one fold of units after the other, each category (without clusters) dealt evenly among them.

    Parameters
    ----------
    units : Units
    n_folds : int
        With fewer units than folds each is a fold of its own.
    seed : int

    Returns
    -------
    Division
        One fit for each fold.

    Raises
    ------
    ValueError
        There is only one unit.

    Examples
    --------
    >>> division = deal_folds(Units.of(np.zeros(5, dtype=int)), n_folds=2, seed=0)
    >>> division.view.tolist(), [draw.rows.tolist() for draw in division.draws]
    ([1, 0, 0, 1, 0], [[0, 3], [1, 2, 4]])
    """
    _check_two(units)
    n_folds = min(n_folds, units.n_units)
    strata = units.category if units.clusters is None else None
    labels = deletion_labels(len(units.rows), n_folds, seed=seed, clusters=units.clusters, strata=strata)
    draws = LazyDraws(partial(_without_fold, units, labels), range(n_folds))
    n = len(units.rows)
    return Division(draws, np.arange(n), labels.astype(np.intp), np.eye(n_folds), np.zeros(n, dtype=bool))


def resample(units: Units, *, n_resamples: int, seed: int) -> Division:
    """Draw units with replacement, a random number of times; each is held out of the fits that did not draw it.

    The number of resamples is binomial with mean `n_resamples`, as the guarantee demands: it is how many of a larger
    number, drawn from one unit more, would miss that one.

    Parameters
    ----------
    units : Units
    n_resamples : int
    seed : int

    Returns
    -------
    Division
        One fit for each resample.

    Raises
    ------
    ValueError
        There is only one unit.

    References
    ----------
    Kim, Xu and Barber (2020), Predictive inference is free with the jackknife+-after-bootstrap.

    Examples
    --------
    >>> division = resample(Units.of(np.zeros(20, dtype=int)), n_resamples=50, seed=0)
    >>> len(division.draws), division.views.shape
    (54, (20, 54))
    """
    _check_two(units)
    missed = (1.0 - 1.0 / (units.n_units + 1.0)) ** units.n_units
    drawn = generator(seed, RESAMPLES).binomial(round(n_resamples / missed), missed)
    numbers = range(max(1, int(drawn)))
    out = np.stack([_counts(units, seed, number) == 0 for number in numbers], axis=1).astype(np.float64)
    never = ~out.any(axis=1)
    out[never] = 1.0  # an average of any of them: the score is infinite all the same
    views = out / out.sum(axis=1, keepdims=True)
    n = len(units.rows)
    draws = LazyDraws(partial(_resampled, units, seed), numbers)
    return Division(draws, np.arange(n), units.unit, views, never[units.unit])


def _without_fold(units: Units, labels: NDArray[np.int32], fold: int) -> Draw:
    return units.draw((labels != fold).astype(np.intp))


def _resampled(units: Units, seed: int, number: int) -> Draw:
    return units.draw(_counts(units, seed, number)[units.unit])


def _counts(units: Units, seed: int, number: int) -> NDArray[np.intp]:
    drawn = generator(seed, DRAW, number).integers(units.n_units, size=units.n_units)
    return np.bincount(drawn, minlength=units.n_units)


def _check_two(units: Units) -> None:
    if units.n_units < 2:
        what = "n_samples=1" if units.clusters is None else "groups has one label"
        raise ValueError(f"{what}: there must be two at least, one to learn from and one to calibrate with.")
