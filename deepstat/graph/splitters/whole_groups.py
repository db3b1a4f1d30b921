"""Folds made of whole groups of rows."""

from __future__ import annotations

from numbers import Integral

import numpy as np


def check_n_splits(n_splits: int, least: int = 2) -> None:
    """Raise if a number of folds is not an integer of at least `least`.

    Parameters
    ----------
    n_splits : int
    least : int

    Raises
    ------
    ValueError

    Examples
    --------
    >>> check_n_splits(2)
    """
    if not isinstance(n_splits, Integral) or isinstance(n_splits, bool) or n_splits < least:
        raise ValueError(f"n_splits={n_splits!r} is not allowed: give an integer of at least {least}.")


def whole_groups(groups: np.ndarray, n_splits: int, what: str, instead: str) -> list[np.ndarray]:
    """Return the test rows of each fold: whole groups, folds of about the same number of rows.

    The largest group goes to the emptiest fold, then the next largest.

    Parameters
    ----------
    groups : ndarray of shape (m,)
    n_splits : int
    what, instead : str
        What a group is and what to do where there are too few, for the sentence.

    Returns
    -------
    list of ndarray

    Raises
    ------
    ValueError
        If there are fewer groups than folds.

    Examples
    --------
    >>> [test.tolist() for test in whole_groups(np.array([0, 0, 1, 2]), 2, "components", "")]
    [[0, 1], [2, 3]]
    """
    names, group, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    if len(names) < n_splits:
        raise ValueError(
            f"The nodes of X lie in {len(names)} {what}, fewer than n_splits={n_splits}: {instead}."
        )
    fold_of_group = np.empty(len(names), dtype=np.int64)
    filled = np.zeros(n_splits, dtype=np.int64)
    # Not by GroupKFold, which sorts groups of equal size in an order that depends on the processor.
    for each in np.argsort(-sizes, kind="stable"):
        fold_of_group[each] = filled.argmin()
        filled[fold_of_group[each]] += sizes[each]
    fold = fold_of_group[group.reshape(-1)]
    return [np.flatnonzero(fold == k) for k in range(n_splits)]
