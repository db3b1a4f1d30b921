"""Look at, replace and leave out columns of arrays and data frames."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import narwhals as nw
import numpy as np
from scipy import sparse


def column_numbers(X: Any, columns: Any) -> list[int]:
    """Return the positions of columns given by name or number, one or several.

    Parameters
    ----------
    X : array of shape (n, p) or data frame
    columns : int, str, or sequence of them

    Returns
    -------
    list of int

    Raises
    ------
    ValueError
        A column is not there, or X is sparse or has no columns.

    Examples
    --------
    >>> column_numbers(np.zeros((2, 3)), [0, -1])
    [0, 2]
    """
    if sparse.issparse(X):
        raise ValueError("X is sparse; give a dense array or a data frame, whose columns can be replaced.")
    names = _names(X)
    n_columns = len(names) if names is not None else np.shape(X)[1] if np.ndim(X) == 2 else 0
    several = list(columns) if isinstance(columns, Sequence) and not isinstance(columns, str) else [columns]
    if not several:
        raise ValueError("column is empty; give a name, a number, or a list of them.")
    found = []
    for column in several:
        if isinstance(column, str) and names is not None and column in names:
            found.append(names.index(column))
        elif isinstance(column, (int, np.integer)) and -n_columns <= column < n_columns:
            found.append(int(column) % n_columns)
        else:
            known = (
                f"names {', '.join(map(str, names))}" if names is not None else f"{n_columns} columns, from 0"
            )
            raise ValueError(f"There is no column {column!r}; X has {known}.")
    return found


def take_column(X: Any, number: int) -> np.ndarray:
    """Return a column's values.

    Parameters
    ----------
    X : array of shape (n, p) or data frame
    number : int

    Returns
    -------
    ndarray of shape (n,)

    Examples
    --------
    >>> take_column(np.eye(2), 1)
    array([0., 1.])
    """
    if _names(X) is None:
        return np.asarray(X)[:, number]
    frame = nw.from_native(X, eager_only=True)
    return frame.get_column(frame.columns[number]).to_numpy()


def with_rows_of(X: Any, numbers: Sequence[int], rows: np.ndarray) -> Any:
    """Return X with the values of some columns taken from other rows; kinds and categories stay.

    Parameters
    ----------
    X : array of shape (n, p) or data frame
    numbers : sequence of int
        Columns.
    rows : ndarray of int of shape (n,)
        Row number whose values each row gets.

    Returns
    -------
    array or data frame

    Examples
    --------
    >>> with_rows_of(np.array([[1, 2], [3, 4]]), [1], np.array([1, 1]))
    array([[1, 4],
           [3, 4]])
    """
    if _names(X) is None:
        out = np.array(X)
        out[:, list(numbers)] = out[np.ix_(rows, list(numbers))]
        return out
    frame = nw.from_native(X, eager_only=True)
    names = [frame.columns[j] for j in numbers]
    new = [frame.get_column(name)[rows.tolist()].alias(name) for name in names]
    return frame.with_columns(*new).to_native()


def with_values(X: Any, number: int, values: np.ndarray) -> Any:
    """Return X with numbers as the values of one column.

    Parameters
    ----------
    X : array of shape (n, p) or data frame
    number : int
    values : ndarray of shape (n,)

    Returns
    -------
    array or data frame
        Of floats in that column, where the numbers are not whole.

    Examples
    --------
    >>> with_values(np.array([[1, 2], [3, 4]]), 0, np.array([0.5, 0.5]))
    array([[0.5, 2. ],
           [0.5, 4. ]])
    """
    if _names(X) is None:
        array = np.asarray(X)
        out = array.astype(np.result_type(array, values) if array.dtype.kind in "biu" else array.dtype)
        out[:, number] = values
        return out
    frame = nw.from_native(X, eager_only=True)
    name = frame.columns[number]
    return frame.with_columns(nw.new_series(name, values, backend=frame.implementation)).to_native()


def without_columns(X: Any, numbers: Sequence[int]) -> Any:
    """Return X without some columns.

    Parameters
    ----------
    X : array of shape (n, p) or data frame
    numbers : sequence of int

    Returns
    -------
    array or data frame

    Examples
    --------
    >>> without_columns(np.eye(3), [0, 2]).ravel()
    array([0., 1., 0.])
    """
    if _names(X) is None:
        return np.delete(np.asarray(X), list(numbers), axis=1)
    frame = nw.from_native(X, eager_only=True)
    return frame.drop([frame.columns[j] for j in numbers]).to_native()


def stack(tables: Sequence[Any]) -> Any:
    """Return the rows of tables of the same columns, one after the other.

    Parameters
    ----------
    tables : sequence of arrays or data frames

    Returns
    -------
    array or data frame

    Examples
    --------
    >>> stack([np.eye(2), np.eye(2)]).shape
    (4, 2)
    """
    if _names(tables[0]) is None:
        return np.concatenate(tables)
    return nw.concat([nw.from_native(table, eager_only=True) for table in tables]).to_native()


def _names(X: Any) -> list[Any] | None:
    """Return a data frame's column names, or None for anything else."""
    return nw.from_native(X, eager_only=True).columns if hasattr(X, "columns") else None
