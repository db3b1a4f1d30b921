"""Share rows among the groups of a jackknife."""

from __future__ import annotations

import numpy as np

from deepstat.inference.randomness import DELETED, generator


def deletion_labels(
    n_rows: int,
    n_groups: int,
    *,
    seed: int,
    clusters: np.ndarray | None = None,
    strata: np.ndarray | None = None,
    in_order: bool = False,
) -> np.ndarray:
    """Share rows (or whole clusters) among groups of nearly equal size, at random.

    Parameters
    ----------
    n_rows, n_groups : int
    seed : int
    clusters : ndarray of int of shape (n,) or None
        Codes 0, 1, ...: clusters go whole, nearly equal in number.
    strata : ndarray of int of shape (n,) or None
        Codes 0, 1, ...: every group gets its share of each stratum.
    in_order : bool, default=False
        Groups are stretches of consecutive rows, for rows in time order.

    Returns
    -------
    ndarray of int32 of shape (n,)

    Raises
    ------
    ValueError
        Fewer than two groups, or more groups than rows or clusters.

    Examples
    --------
    >>> np.bincount(deletion_labels(10, 3, seed=0)), deletion_labels(5, 2, seed=0, in_order=True)
    (array([4, 3, 3]), array([0, 0, 0, 1, 1], dtype=int32))
    """
    n_units = n_rows if clusters is None else int(clusters.max()) + 1
    if not 2 <= n_groups <= n_units:
        what = "rows" if clusters is None else "clusters"
        raise ValueError(
            f"n_groups={n_groups!r} is out of range; give a whole number from 2 to {n_units}, the {what}."
        )
    if n_groups == n_units:  # leave one out, in the order of the rows
        return np.arange(n_rows, dtype=np.int32) if clusters is None else clusters
    if in_order:
        return (np.arange(n_rows) * n_groups // n_rows).astype(np.int32)
    order = generator(seed, DELETED).permutation(n_units)
    if strata is not None:
        order = order[np.argsort(strata[order], kind="stable")]  # dealt out stratum by stratum
    of_unit = np.empty(n_units, dtype=np.int32)
    of_unit[order] = np.arange(n_units) % n_groups
    return of_unit if clusters is None else of_unit[clusters]
