"""Encode a table by a learned schema: standardised floats first, then integer codes."""

from __future__ import annotations

from itertools import repeat
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray
from scipy import sparse

from deepstat.data.moments import BLOCK
from deepstat.data.raw_column import WORDS, RawColumn
from deepstat.data.schema import Column, Schema, expand
from deepstat.data.table import Table, check_table


def encode(schema: Schema, X: Any, dtype: DTypeLike = np.float64) -> Any:
    """Encode a table for a network.

    Columns are matched by position. Numbers may be stored in any way (ints, floats, booleans, objects),
    categories as text; levels match by exact value, where 1 equals 1.0 and not ``"1"``. The encoding of a row
    never depends on other rows.

    Parameters
    ----------
    schema : Schema
    X : Table or anything that `check_table` reads, n rows
    dtype : float32 or float64
        Type of the result. Standardising is done in float64 and cast afterwards, in blocks of rows or one
        column at a time, so that no float64 copy of a large float32 table exists.

    Returns
    -------
    ndarray of shape (n, schema.width), C-contiguous
        Float columns (missing: 0, the mean), indicators of missing values among them, then one column of
        codes for each categorical column: 0 for a level never seen, else 1 to its number of levels.
        A sparse X under a schema learned from a sparse table gives a CSR matrix, scaled and not centred, as
        centring would fill it.

    Raises
    ------
    ValueError
        X has another number of columns; a column holds another kind of values than the one learned; a value
        is too large for `dtype`.

    Examples
    --------
    >>> from deepstat.data.schema import learn_schema
    >>> schema = learn_schema([[1.0, "red"], [3.0, "blue"], [None, "red"]])
    >>> encode(schema, [[3.0, "green"], [None, "red"]]).round(3)
    array([[ 1.   , -0.707,  0.   ],
           [ 0.   ,  1.414,  2.   ]])
    """
    table = X if isinstance(X, Table) else check_table(X)
    if table.n_columns != len(schema.columns):
        raise ValueError(
            f"X has {table.n_columns} features, but {len(schema.columns)} features were learned; "
            "give the same columns in the same order."
        )
    if max(schema.cardinalities, default=0) > 1 / np.finfo(dtype).eps:
        raise ValueError(
            f"A column has {max(schema.cardinalities)} levels, too many to be told apart in "
            f"{np.dtype(dtype)}; use precision='float64'."
        )
    try:
        with np.errstate(over="raise"):
            if table.is_sparse and schema.is_sparse:
                return _encode_sparse(schema, table, dtype)
            out = np.zeros((table.n_rows, schema.width), dtype)
            if table.values is not None and not schema.cardinalities and _all_numbers(schema):
                _encode_blocks(schema, table, out)
            else:
                _encode_columns(schema, table, out)
            return out
    except FloatingPointError:
        raise ValueError(
            f"Input X contains infinity or a value too large for dtype('{np.dtype(dtype)}') once "
            "standardised; check its units."
        ) from None


def _all_numbers(schema: Schema) -> bool:
    return all(column.kind in ("numeric", "boolean", "empty") for column in schema.columns)


def _encode_sparse(schema: Schema, table: Table, dtype: DTypeLike) -> Any:
    _, inverse_scale = schema.affine()
    values = table.values
    data = (values.data * inverse_scale[values.indices]).astype(dtype)
    return type(values)((data, values.indices.copy(), values.indptr.copy()), shape=values.shape)


def _encode_blocks(schema: Schema, table: Table, out: NDArray[Any]) -> None:
    """Encode a table of numbers alone, some rows at a time."""
    center, inverse_scale = schema.affine()
    starts = np.cumsum([0] + [len(column.center) for column in schema.columns])[:-1]
    flagged = np.flatnonzero([column.missing for column in schema.columns])
    flags = starts[flagged] + 1
    # Without indicators the columns keep their places: a slice is written faster than a list of positions.
    places: Any = starts if flagged.size else slice(None)
    size = max(1, BLOCK // table.n_columns)
    for start in range(0, table.n_rows, size):
        rows = slice(start, start + size)
        block = table.values[rows]
        block = (block.toarray() if sparse.issparse(block) else block).astype(np.float64)
        missing = np.isnan(block)
        block -= center[starts]
        block *= inverse_scale[starts]
        block[missing] = 0.0
        out[rows, places] = block
        out[rows, flags] = (missing[:, flagged] - center[flags]) * inverse_scale[flags]


def _encode_columns(schema: Schema, table: Table, out: NDArray[Any]) -> None:
    """Encode one column after the other."""
    center, inverse_scale = schema.affine()
    place, code_place = 0, schema.n_numeric
    for j, column in enumerate(schema.columns):
        raw = table.column(j)
        if column.kind == "categorical":
            out[:, code_place] = _codes(column, raw)
            code_place += 1
            continue
        m = len(column.center)
        if column.kind != "empty":
            part = slice(place, place + m)
            _standardise(column, raw, center[part], inverse_scale[part], out[:, part])
        place += m


def _standardise(
    column: Column, raw: RawColumn, center: NDArray[Any], inverse_scale: NDArray[Any], out: NDArray[Any]
) -> None:
    if raw.is_empty:  # of any kind: nothing to expand
        floats = np.full((len(raw.values), len(center) - column.missing), np.nan)
    else:
        _check_numbers(column, raw)
        floats = expand(raw, column.kind, column.zone)
    missing = np.isnan(floats[:, 0])
    m = floats.shape[1]
    floats = (floats - center[:m]) * inverse_scale[:m]
    floats[missing] = 0.0
    out[:, :m] = floats
    if column.missing:
        out[:, m] = (missing - center[m]) * inverse_scale[m]


def _check_numbers(column: Column, raw: RawColumn) -> None:
    """Refuse values of another kind than the numbers, booleans or dates that were learned."""
    wanted = ("datetime",) if column.kind == "datetime" else ("numeric", "boolean")
    if raw.kind not in wanted or (column.zone is None) != (raw.zone is None):
        zone = f" in time zone {column.zone!r}" if column.zone else ""
        raise _mismatch(column, WORDS[column.kind] + zone, raw)


def _codes(column: Column, raw: RawColumn) -> NDArray[np.float64]:
    values: Any = raw.values
    if raw.is_empty:
        values = repeat(None, len(raw.values))
    elif raw.kind != "categorical":
        if raw.kind == "datetime" or all(isinstance(level, str | None) for level in column.levels):
            raise _mismatch(column, f"categories such as {column.levels[0]!r}", raw)
        values = [None if value != value else value for value in values.tolist()]
    codes = {level: code for code, level in enumerate(column.levels, start=1)}
    return np.fromiter(map(codes.get, values, repeat(0)), np.float64, len(raw.values))


def _mismatch(column: Column, learned: str, raw: RawColumn) -> ValueError:
    example = next(
        (f" such as {value!r}" for value in raw.values if raw.kind == "categorical" and value is not None), ""
    )
    return ValueError(
        f"Column {column.name!r} was learned with {learned} and now holds {raw.words}{example}; "
        "give it the kind of values that it had when fitted."
    )
