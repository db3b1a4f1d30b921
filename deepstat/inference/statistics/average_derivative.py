"""Average derivatives and contrasts along one column."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from sklearn.utils import _safe_indexing

from deepstat.inference.columns import column_numbers, take_column, with_rows_of, with_values
from deepstat.inference.cross_fit import respond


def average_derivative(X: Any, column: Any, *, step: float = 0.1) -> Callable[[Any], np.ndarray]:
    """Return the statistic "mean change of the prediction along a column", other columns as they are.

    Per unit of a column of floats: central difference, which smooths the kinks of piecewise linear networks over the
    step. For two values (0/1): prediction at the higher minus at the lower. For whole numbers: at one more minus as it
    is. For categories: at each level minus at the first, in sorted order. A plug-in: it inherits the bias of a
    regularised fit.

    Parameters
    ----------
    X : array of shape (n, p) or data frame
        Rows to average over; those where the column is missing are left out.
    column : int or str
    step : float, default=0.1
        Half the width of the central difference, in standard deviations of the column.

    Returns
    -------
    callable
        ``statistic(fitted) -> ndarray`` of shape (); of (levels - 1,) for categories; followed by (k,) where
        predictions have columns.

    Raises
    ------
    ValueError
        The column is not there, is constant, or the step is not positive.

    Examples
    --------
    >>> from sklearn.linear_model import LinearRegression
    >>> X = np.array([[0.0, 1.5], [1.0, 2.0], [0.0, 2.5], [1.0, 4.5]])
    >>> fitted = LinearRegression().fit(X, X @ [2.0, 3.0])
    >>> [round(float(average_derivative(X, j)(fitted)), 6) for j in (0, 1)]
    [2.0, 3.0]
    """
    (number,) = column_numbers(X, [column])
    if not step > 0:
        raise ValueError(f"step={step!r} is out of range; give a positive number of standard deviations.")
    values = take_column(X, number)
    present = np.array([value is not None and value == value for value in values.tolist()])
    if not present.all():
        kept = np.flatnonzero(present)
        X, values = _safe_indexing(X, kept), values[kept]
    levels = np.unique(values.astype(str) if values.dtype.kind == "O" else values)
    if len(levels) < 2:
        raise ValueError(f"Column {column!r} has one value only, so nothing can be said of its change.")
    if values.dtype.kind not in "biuf":
        codes = values.astype(str) if values.dtype.kind == "O" else values
        return partial(_levels, X, number, [int(np.argmax(codes == level)) for level in levels])
    if len(levels) == 2:
        first = [int(np.argmax(values == level)) for level in levels]
        return partial(_two_levels, X, number, first)
    numeric = values.astype(np.float64)
    if values.dtype.kind in "iu":
        return partial(_difference, X, number, numeric, numeric + 1, 1.0)
    half = step * numeric.std()
    return partial(_difference, X, number, numeric - half, numeric + half, 2 * half)


def _at_level(X: Any, number: int, row: int, member: Any) -> np.ndarray:
    """Predict with the column as it is in one row, which keeps its type."""
    n = len(X)
    return respond(member, with_rows_of(X, [number], np.full(n, row))).mean(axis=0)


def _levels(X: Any, number: int, rows: list[int], member: Any) -> np.ndarray:
    means = [_at_level(X, number, row, member) for row in rows]
    return np.stack(means[1:]) - means[0]


def _two_levels(X: Any, number: int, rows: list[int], member: Any) -> np.ndarray:
    return _at_level(X, number, rows[1], member) - _at_level(X, number, rows[0], member)


def _difference(
    X: Any, number: int, low: np.ndarray, high: np.ndarray, width: float, member: Any
) -> np.ndarray:
    ends = [respond(member, with_values(X, number, values)) for values in (low, high)]
    return (ends[1] - ends[0]).mean(axis=0) / width
