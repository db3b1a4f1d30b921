"""Weighted means and standard deviations of the columns of a table, block by block."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.utils.sparsefuncs import min_max_axis

BLOCK = 2**17  # entries of a block: a megabyte of float64 stays in the processor's cache


ROUNDING = 4.0 * float(np.finfo(np.float64).eps)


class Moments(NamedTuple):
    """Weighted moments of p columns.

    Attributes
    ----------
    mean, deviation : ndarray of shape (p,)
        Mean and population standard deviation of the values that are not missing; 0 where there are none, and
        a deviation of exactly 0 where all values are equal.
    missing : ndarray of shape (p,)
        Share of the weight that lies on missing values.
    """

    mean: NDArray[np.float64]
    deviation: NDArray[np.float64]
    missing: NDArray[np.float64]


def moments(
    values: Any, rows: NDArray[np.integer[Any]] | None = None, weight: NDArray[np.floating[Any]] | None = None
) -> Moments:
    """Compute the moments of each column; weights are frequencies, NaN is missing.

    Two passes in float64 over blocks of rows, the first around the column's first value: neither a large
    offset (1e9 + noise) nor float32 storage costs accuracy, no copy of the table is made, and constants come
    out exact.

    Parameters
    ----------
    values : ndarray or CSR matrix of shape (n, p)
    rows : ndarray of int or None
        The rows to look at; all by default.
    weight : ndarray of shape (n,) or None
        A weight for each row of the table.

    Returns
    -------
    Moments

    Raises
    ------
    ValueError
        No row has a positive weight, or the values are so large that their sum or squares overflow.

    Examples
    --------
    >>> import numpy as np
    >>> moments(np.array([[1.0], [3.0], [np.nan]]), weight=np.array([3.0, 1.0, 4.0]))
    Moments(mean=array([1.5]), deviation=array([0.8660254]), missing=array([0.5]))

    Reference
    ---------
    Chan, Golub and LeVeque, Algorithms for computing the sample variance, The American Statistician, 1983.
    """
    rows = counted_rows(values.shape[0], rows, weight)
    compute = _sparse_moments if sparse.issparse(values) else _dense_moments
    with np.errstate(over="ignore", invalid="ignore"):
        result = compute(values, rows, weight)
    bad = np.flatnonzero(~np.isfinite(result.mean) | ~np.isfinite(result.deviation))
    if bad.size:
        raise ValueError(
            f"Column {bad[0]} holds values so large that their squares overflow; "
            "divide it by a large constant."
        )
    # Values that are equal up to rounding are a constant, not something to be blown up to unit scale.
    rounding = result.deviation <= ROUNDING * np.abs(result.mean)
    return result._replace(deviation=np.where(rounding, 0.0, result.deviation))


def counted_rows(
    n: int, rows: NDArray[np.integer[Any]] | None, weight: NDArray[np.floating[Any]] | None
) -> NDArray[np.integer[Any]] | None:
    """Return the rows of positive weight among `rows` (None stands for all), or refuse if there are none.

    Examples
    --------
    >>> import numpy as np
    >>> counted_rows(3, None, np.array([1.0, 0.0, 2.0]))
    array([0, 2])
    """
    if weight is not None:
        positive = weight > 0 if rows is None else weight[rows] > 0
        if not positive.all():
            rows = np.flatnonzero(positive) if rows is None else rows[positive]
    if (n if rows is None else len(rows)) == 0:
        raise ValueError("No row with a positive weight is left to learn from; give at least one.")
    return rows


def _dense_moments(values: Any, rows: Any, weight: Any) -> Moments:
    p = values.shape[1]
    shift = np.full(p, np.nan)
    for block, _ in _blocks(values, rows, weight):
        unseen = np.flatnonzero(np.isnan(shift))
        if not unseen.size:
            break
        part = block[:, unseen]
        shift[unseen] = part[(~np.isnan(part)).argmax(axis=0), np.arange(unseen.size)]
    shift = np.nan_to_num(shift)
    total, present, first = 0.0, np.zeros(p), np.zeros(p)
    for block, w in _blocks(values, rows, weight):
        block -= shift
        missing = np.isnan(block)
        total += w.sum()
        if missing.any():
            block[missing] = 0.0
            present += w.sum() - w @ missing
        else:
            present += w.sum()
        first += w @ block
    # Subtraction may leave a rounding error where every value is missing; an exact zero is needed there.
    present[present < 1e-12 * total] = 0.0
    safe = np.where(present > 0, present, 1.0)
    delta = first / safe
    second, incomplete = np.zeros(p), bool((present < total).any())
    for block, w in _blocks(values, rows, weight):
        block -= shift
        block -= delta
        if incomplete:
            block[np.isnan(block)] = 0.0
        np.square(block, out=block)
        second += w @ block
    missing_share = np.where(present == total, 0.0, 1.0 - present / total)
    return Moments(shift + delta, np.sqrt(second / safe), missing_share)


def _blocks(values: Any, rows: Any, weight: Any) -> Iterator[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Yield fresh float64 copies of blocks of rows, each with its weights."""
    n, size = values.shape[0] if rows is None else len(rows), max(1, BLOCK // values.shape[1])
    for start in range(0, n, size):
        taken = slice(start, min(start + size, n)) if rows is None else rows[start : start + size]
        block = values[taken].astype(np.float64)
        yield block, np.ones(len(block)) if weight is None else weight[taken].astype(np.float64)


def _sparse_moments(values: Any, rows: Any, weight: Any) -> Moments:
    if rows is not None:
        values = values[rows]
    p = values.shape[1]
    w = (
        np.ones(values.shape[0])
        if weight is None
        else np.asarray(weight if rows is None else weight[rows], float)
    )
    total = w.sum()
    mean = np.asarray(values.T.astype(np.float64) @ w).ravel() / total
    w = np.repeat(w, np.diff(values.indptr))
    residual = values.data - mean[values.indices]
    second = np.bincount(values.indices, w * residual**2, minlength=p).astype(np.float64)  # no entry: ints
    second += (total - np.bincount(values.indices, w, minlength=p)).clip(min=0.0) * mean**2
    low, high = min_max_axis(values.astype(np.float64), axis=0)
    return Moments(mean, np.where(low == high, 0.0, np.sqrt(second / total)), np.zeros(p))
