"""The folds of repeated cross-fitting."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from deepstat.inference.draws.deletion_labels import deletion_labels
from deepstat.inference.draws.labels import codes_of
from deepstat.inference.randomness import DRAW, FIT, derived_seed

Rows = np.ndarray


@dataclass(frozen=True, eq=False)
class Part:
    """A fold: the rows that nuisances are trained on, and those that they are predicted for.

    Attributes
    ----------
    repetition : int
    train, test : ndarray of int32
        Disjoint; together all rows.
    inner : list of (ndarray, ndarray)
        Folds within `train`: rows trained on, rows held out.
    seed : int or None
        Of the fits. None: the learner has none.
    """

    repetition: int
    train: Rows
    test: Rows
    inner: list[tuple[Rows, Rows]]
    seed: int | None


def make_parts(
    n_rows: int,
    n_folds: int,
    n_repetitions: int,
    *,
    seed: int,
    fit_seed: int | None,
    clusters: np.ndarray | None = None,
    strata: np.ndarray | None = None,
    n_inner: int = 0,
) -> list[Part]:
    """Return the folds of all repetitions, each with its own split of the rows and its own seed of the fits.

    Parameters
    ----------
    n_rows, n_folds, n_repetitions : int
    seed : int
        Of the splits.
    fit_seed : int or None
    clusters : ndarray of int of shape (n,) or None
        Codes; clusters lie whole in one fold.
    strata : ndarray of int of shape (n,) or None
        Codes; every fold gets its share.
    n_inner : int, default=0
        Folds within the training rows of each fold; 0: none.

    Returns
    -------
    list of Part
        Fold after fold, repetition after repetition.

    Examples
    --------
    >>> parts = make_parts(6, 3, 2, seed=0, fit_seed=None)
    >>> [len(part.test) for part in parts], sorted(np.concatenate([part.test for part in parts[:3]]).tolist())
    ([2, 2, 2, 2, 2, 2], [0, 1, 2, 3, 4, 5])
    """
    parts = []
    for repetition in range(n_repetitions):
        own = derived_seed(seed, DRAW, repetition)
        labels = deletion_labels(n_rows, n_folds, seed=own, clusters=clusters, strata=strata)
        for fold in range(n_folds):
            train, test = _split(np.arange(n_rows, dtype=np.int32), labels, fold)
            inner = []
            if n_inner:
                within = None if clusters is None else codes_of("clusters", clusters[train])
                kept = None if strata is None else codes_of("strata", strata[train])
                n_units = len(train) if within is None else int(within.max()) + 1
                own_labels = deletion_labels(
                    len(train),
                    min(n_inner, n_units),
                    seed=derived_seed(own, DRAW, fold),
                    clusters=within,
                    strata=kept,
                )
                inner = [_split(train, own_labels, number) for number in range(int(own_labels.max()) + 1)]
            part_seed = None if fit_seed is None else derived_seed(fit_seed, FIT, repetition + 1)
            parts.append(Part(repetition, train, test, inner, part_seed))
    return parts


def _split(rows: Rows, labels: np.ndarray, number: int) -> tuple[Rows, Rows]:
    held = labels == number
    return rows[~held], rows[held]
