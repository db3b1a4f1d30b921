"""Choose validation rows."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Rows = NDArray[np.int32]


def split(
    n_rows: int,
    *,
    fraction: float,
    seed: int | np.random.RandomState,
    stratify: ArrayLike | None = None,
    groups: ArrayLike | None = None,
) -> tuple[Rows, Rows]:
    """Split rows into a training and a validation part at random.

    About ``fraction * n_rows`` rows are for validation, at least one; both parts get a row. With classes,
    each gives its share (largest remainders) and keeps at least one row, or group, for training, so a class
    with a single row is trained on. Groups (a row's copies in a bootstrap sample, a patient) stay whole;
    those that would make the validation part too large are left to training.

    Parameters
    ----------
    n_rows : int
    fraction : float
        Between 0 and 1, both excluded.
    seed : int or RandomState
        From a RandomState one integer is drawn. The global generators are never touched.
    stratify : array-like of shape (n_rows,) or None
        Class of each row.
    groups : array-like of shape (n_rows,) or None
        Group of each row.

    Returns
    -------
    train, validation : ndarray of int32
        Sorted row numbers.

    Raises
    ------
    ValueError
        The fraction is out of range; lengths differ; or rows, classes or groups are too few to leave a row
        for both.

    Examples
    --------
    >>> train, validation = split(10, fraction=0.3, seed=0, stratify=[0] * 5 + [1] * 5)
    >>> len(train), len(validation), sum(validation < 5) in (1, 2)
    (7, 3, True)
    """
    if not 0.0 < fraction < 1.0:
        raise ValueError(f"validation_fraction={fraction!r} is out of range; give a number between 0 and 1.")
    labels = _indices("stratify", stratify, n_rows)
    units = np.arange(n_rows) if groups is None else _indices("groups", groups, n_rows)
    if isinstance(seed, np.random.RandomState):
        seed = int(seed.randint(np.iinfo(np.int32).max))
    generator = np.random.Generator(np.random.PCG64(seed))
    wanted = max(1, int(np.floor(fraction * n_rows + 0.5)))
    if groups is None:
        quotas = _quotas(np.bincount(labels), wanted)
        chosen = _choose_rows(labels, quotas, generator)
    else:
        chosen = _choose_groups(labels, units, wanted, generator)
    if not chosen.any() or chosen.all():
        what = "rows" if groups is None else "groups"
        of_each = " of each class" if stratify is not None else ""
        raise ValueError(
            f"{n_rows} rows are too few to hold some out for validation and train on others; "
            f"give at least two {what}{of_each}, or set early_stopping=False."
        )
    return np.flatnonzero(~chosen).astype(np.int32), np.flatnonzero(chosen).astype(np.int32)


def _indices(name: str, values: ArrayLike | None, n: int) -> NDArray[np.intp]:
    """Return values as 0, 1, ... in sorted order."""
    if values is None:
        return np.zeros(n, dtype=np.intp)
    array = np.asarray(values)
    if array.shape != (n,):
        raise ValueError(f"{name} has shape {array.shape}, but must have one entry for each of {n} rows.")
    return np.unique(array, return_inverse=True)[1]


def _quotas(sizes: NDArray[np.intp], wanted: int) -> NDArray[np.intp]:
    """Share `wanted` among classes by size, the rest by largest remainders; each class keeps one row."""
    exact = wanted * sizes / max(1, sizes.sum())
    room = np.maximum(sizes - 1, 0)
    quotas = np.minimum(np.floor(exact).astype(np.intp), room)
    while quotas.sum() < wanted and (quotas < room).any():
        remainder = np.where(quotas < room, exact - quotas, -np.inf)
        quotas[int(np.argmax(remainder))] += 1
    return quotas


def _choose_rows(
    labels: NDArray[np.intp], quotas: NDArray[Any], generator: np.random.Generator
) -> NDArray[np.bool_]:
    order = generator.permutation(len(labels))
    order = order[np.argsort(labels[order], kind="stable")]  # class by class, shuffled within
    starts = np.concatenate([[0], np.cumsum(np.bincount(labels))])[:-1]
    rank = np.arange(len(labels)) - starts[labels[order]]
    chosen = np.zeros(len(labels), dtype=bool)
    chosen[order] = rank < quotas[labels[order]]
    return chosen


def _choose_groups(
    labels: NDArray[np.intp], units: NDArray[np.intp], wanted: int, generator: np.random.Generator
) -> NDArray[np.bool_]:
    """Take groups in random order while the quota of their commonest class lasts and no class is used up."""
    n_groups, n_classes = int(units.max(initial=-1)) + 1, int(labels.max(initial=-1)) + 1
    table = np.zeros((n_groups, n_classes), dtype=np.intp)
    np.add.at(table, (units, labels), 1)
    remaining = table.sum(axis=0)
    sizes, leading = table.sum(axis=1), table.argmax(axis=1)
    left = _quotas(remaining, wanted)
    taken = np.zeros(n_groups, dtype=bool)
    order = generator.permutation(n_groups)
    for group in order:
        if sizes[group] <= left[leading[group]] and (remaining > table[group]).all():
            taken[group] = True
            left[leading[group]] -= sizes[group]
            remaining = remaining - table[group]
    if (
        not taken.any()
    ):  # every group is larger than its quota: the smallest that leaves all classes to training
        possible = [group for group in order if (remaining > table[group]).all()]
        if possible:
            taken[min(possible, key=lambda group: int(sizes[group]))] = True
    return taken[units]
