"""Repeated k-fold splits, as a list that several models share."""

from __future__ import annotations

from numbers import Integral
from typing import Any

import numpy as np
from sklearn.model_selection import (
    GroupKFold,
    RepeatedKFold,
    RepeatedStratifiedKFold,
    check_cv,
)

from deepstat.inference.randomness import root_seed

Splits = list[tuple[np.ndarray, np.ndarray]]


def make_splits(
    X: Any,
    y: Any,
    *,
    cv: Any,
    n_repeats: int = 1,
    classifier: bool = False,
    groups: Any = None,
    random_state: Any = None,
) -> Splits:
    """Return training and test rows of every split.

    Parameters
    ----------
    X, y : table and target
    cv : int, splitter or iterable of splits
        A number of folds, shuffled anew in each repetition; by group where there are groups; stratified for
        classifiers. Splitters and lists are taken as they are.
    n_repeats : int, default=1
        Repetitions of a number of folds.
    classifier : bool, default=False
    groups : array-like of shape (n,) or None
    random_state : int, RandomState or None

    Returns
    -------
    list of (ndarray, ndarray)

    Examples
    --------
    >>> splits = make_splits(np.zeros((6, 1)), np.zeros(6), cv=3, n_repeats=2, random_state=0)
    >>> len(splits), sorted(np.concatenate([test for _, test in splits[:3]]).tolist())
    (6, [0, 1, 2, 3, 4, 5])
    """
    if not isinstance(cv, Integral):
        return list(check_cv(cv, y, classifier=classifier).split(X, y, groups))
    if groups is not None:
        rng = np.random.default_rng(root_seed(random_state))
        seeds = rng.integers(2**31, size=n_repeats)
        folds = [GroupKFold(int(cv), shuffle=True, random_state=int(seed)) for seed in seeds]
        return [split for one in folds for split in one.split(X, y, groups)]
    kind = RepeatedStratifiedKFold if classifier else RepeatedKFold
    return list(kind(n_splits=int(cv), n_repeats=n_repeats, random_state=random_state).split(X, y))
