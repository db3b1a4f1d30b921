"""Any table, checked: arrays, frames, lists and sparse matrices under one roof."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import narwhals as nw
import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.utils import assert_all_finite, check_array

from deepstat.data.frames import read_frame
from deepstat.data.moments import BLOCK
from deepstat.data.objects import read_objects
from deepstat.data.raw_column import RawColumn


@dataclass(frozen=True, eq=False)
class Table:
    """A checked table; see :func:`check_table`.

    Attributes
    ----------
    n_rows, n_columns : int
    names : tuple of str or None
        Names of a frame's columns, if all of them are strings.
    values : ndarray or CSR matrix of shape (n_rows, n_columns), or None
        The numbers as given, where the table is one numeric or boolean array; never a copy unless it was
        read-only.
    columns : tuple of RawColumn
        The columns, where it is not; else empty.
    """

    n_rows: int
    n_columns: int
    names: tuple[str, ...] | None = None
    values: Any = None
    columns: tuple[RawColumn, ...] = ()

    @property
    def is_sparse(self) -> bool:
        """Whether `values` is a CSR matrix."""
        return sparse.issparse(self.values)

    @property
    def dtype(self) -> np.dtype[Any]:
        """float32 if that is the only type of its float columns, else float64: the type of predictions."""
        arrays = (
            [self.values]
            if self.values is not None
            else [c.values for c in self.columns if c.kind == "numeric"]
        )
        floats = {array.dtype for array in arrays if array.dtype.kind == "f"}
        return np.dtype(np.float32 if floats == {np.dtype(np.float32)} else np.float64)

    def column(self, j: int) -> RawColumn:
        """Return column `j` (a view, where the table is a dense array)."""
        if self.values is None:
            return self.columns[j]
        values = self.values[:, [j]].toarray().ravel() if self.is_sparse else self.values[:, j]
        return RawColumn(self.name(j), "boolean" if values.dtype.kind == "b" else "numeric", values)

    def name(self, j: int) -> str:
        """Return the name of column `j`; ``"x0"``, ``"x1"``, ... where there are none."""
        return self.columns[j].name if self.columns else f"x{j}"


def check_table(X: Any) -> Table:
    """Check a table and sort out what it holds, without copying numbers.

    Parameters
    ----------
    X : array, frame, list of lists or sparse matrix of shape (n, p), or Table
        Numbers, booleans, text, categories, dates and durations; NaN, None and null are missing. Every string
        is a category, also ``"1.5"``. Of an object array or list each column is judged by itself. Arrays that
        cannot be written to (memory maps) are copied, because tensors cannot share them.

    Returns
    -------
    Table

    Raises
    ------
    ValueError
        The table has not two dimensions, no rows or no columns; it holds infinite or complex numbers; a
        sparse one has missing values.
    TypeError
        It holds something else than the above, or is a frame that has not been collected.

    Examples
    --------
    >>> table = check_table([[1.5, "red"], [None, "blue"]])
    >>> [table.column(j).kind for j in range(table.n_columns)]
    ['numeric', 'categorical']
    """
    if isinstance(X, Table):
        return X
    frame = _as_frame(X)
    if frame is not None:
        return frame
    if sparse.issparse(X):
        return _check_sparse(X)
    array = X if isinstance(X, np.ndarray) else _as_array(X)
    if isinstance(array, np.ma.MaskedArray):
        array = array.astype(np.float64).filled(np.nan)
    if array.dtype.kind in "SV":
        raise TypeError(
            f"X has dtype {array.dtype}: each entry of the argument must be a string or a number."
        )
    if array.dtype.kind == "f" and array.dtype.itemsize not in (4, 8):
        array = array.astype(np.float32 if array.dtype.itemsize < 4 else np.float64)
    array = check_array(array, dtype=None, ensure_all_finite=False, input_name="X")  # converts nothing
    n, p = array.shape
    if array.dtype.kind in "biuf":
        size = max(1, BLOCK // p)  # to test the whole at once would allocate a boolean for each entry
        for start in range(0, n, size):
            assert_all_finite(array[start : start + size], allow_nan=True, input_name="X")
        return Table(n, p, values=array if array.flags.writeable else array.copy())
    return Table(n, p, columns=tuple(_read_array_column(f"x{j}", array[:, j]) for j in range(p)))


def _as_frame(X: Any) -> Table | None:
    """Read X if it is a frame."""
    labels = None
    if hasattr(X, "set_axis") and getattr(getattr(X, "columns", None), "has_duplicates", False):
        labels = list(X.columns)  # pandas allows a name twice, narwhals does not: read by position
        X = X.set_axis([str(j) for j in range(len(labels))], axis=1)
    frame = nw.from_native(X, eager_only=True, pass_through=True, allow_series=True)
    if isinstance(frame, nw.Series):
        raise ValueError("Expected 2D array, got a series instead: Reshape your data with X.to_frame().")
    if not isinstance(frame, nw.DataFrame):
        if hasattr(X, "collect"):
            raise TypeError(f"X is a lazy {type(X).__name__}: collect it first, X.collect().")
        return None
    n, p = frame.shape
    if p == 0 or n == 0:
        none = "0 feature(s)" if p == 0 else "0 sample(s)"
        raise ValueError(f"Found array with {none} (shape={frame.shape}) while a minimum of 1 is required.")
    labels = list(frame.columns) if labels is None else labels
    columns = tuple(
        replace(column, name=str(label)) for column, label in zip(read_frame(frame), labels, strict=True)
    )
    named = all(isinstance(label, str) for label in labels)  # as scikit-learn: all text, or no names
    return Table(n, p, tuple(labels) if named else None, columns=columns)


def _as_array(X: Any) -> NDArray[Any]:
    try:
        array = np.asarray(X)
    except ValueError as error:
        raise ValueError(f"X is no table: its rows differ in length or nest further ({error}).") from error
    # A list of mixed rows became text as a whole: judge its entries one by one instead.
    return np.asarray(X, dtype=object) if array.dtype.kind in "US" and isinstance(X, (list, tuple)) else array


def _check_sparse(X: Any) -> Table:
    matrix = check_array(X, accept_sparse="csr", dtype=None, ensure_all_finite=True, input_name="X")
    if matrix.dtype.kind not in "biuf":
        raise TypeError(
            f"X is a sparse matrix of dtype {matrix.dtype}: each entry of the argument must be a number."
        )
    if not matrix.has_canonical_format:
        matrix = matrix.copy()
        matrix.sum_duplicates()
    return Table(*matrix.shape, values=matrix)


def _read_array_column(name: str, values: NDArray[Any]) -> RawColumn:
    if values.dtype.kind == "M":
        missing = np.isnat(values)
        seconds = np.where(missing, np.nan, values.astype("datetime64[us]").astype(np.int64) / 1e6)
        return RawColumn(name, "empty" if missing.all() else "datetime", seconds)
    if values.dtype.kind == "m":
        seconds = values / np.timedelta64(1, "s")
        return RawColumn(name, "empty" if np.isnan(seconds).all() else "numeric", seconds)
    return read_objects(name, values.astype(object))


def take(table: Table, rows: slice | NDArray[np.integer[Any]]) -> Table:
    """Return some of a table's rows; of a slice, as views.

    Examples
    --------
    >>> take(check_table([[1.0], [2.0], [3.0]]), slice(1, 3)).n_rows
    2
    """
    n = rows.stop - rows.start if isinstance(rows, slice) else len(rows)
    if isinstance(rows, slice) and n == table.n_rows:
        return table
    if table.values is not None:
        return replace(table, n_rows=n, values=table.values[rows])
    columns = tuple(replace(column, values=column.values[rows]) for column in table.columns)
    return replace(table, n_rows=n, columns=columns)
