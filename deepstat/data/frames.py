"""Read a data frame (pandas, polars, pyarrow; whatever narwhals reads) into plain columns."""

from __future__ import annotations

from typing import Any

import narwhals as nw
from sklearn.utils import assert_all_finite

from deepstat.data.objects import read_objects
from deepstat.data.raw_column import RawColumn

MICROSECONDS = 1e6


def read_frame(frame: nw.DataFrame[Any]) -> tuple[RawColumn, ...]:
    """Read every column of a frame.

    Parameters
    ----------
    frame : narwhals DataFrame of n rows and p columns

    Returns
    -------
    tuple of p RawColumn
        Numeric columns without missing values are views where the frame's library allows it.

    Raises
    ------
    TypeError
        A column holds lists, records or times of day.
    ValueError
        A column holds an infinite number.

    Examples
    --------
    >>> import narwhals as nw
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"age": pd.array([31, None], "Int64"), "town": ["Graz", "Linz"]})
    >>> [column.kind for column in read_frame(nw.from_native(frame))]
    ['numeric', 'categorical']
    """
    return tuple(_read_series(series) for series in map(frame.get_column, frame.columns))


def _read_series(series: nw.Series[Any]) -> RawColumn:
    name, dtype = str(series.name), series.dtype
    if dtype == nw.Boolean:
        return _nonempty(RawColumn(name, "boolean", series.cast(nw.Float64).to_numpy()))
    if dtype.is_numeric():
        values = (series.cast(nw.Float64) if dtype == nw.Decimal else series).to_numpy()
        return _nonempty(RawColumn(name, "numeric", values))
    if isinstance(dtype, nw.Datetime):
        seconds = series.dt.timestamp("us").cast(nw.Float64).to_numpy() / MICROSECONDS
        return _nonempty(RawColumn(name, "datetime", seconds, dtype.time_zone))
    if dtype == nw.Date:
        seconds = series.dt.timestamp("us").cast(nw.Float64).to_numpy() / MICROSECONDS
        return _nonempty(RawColumn(name, "datetime", seconds))
    if dtype == nw.Duration:
        seconds = series.dt.total_microseconds().cast(nw.Float64).to_numpy() / MICROSECONDS
        return _nonempty(RawColumn(name, "numeric", seconds))
    if dtype in (nw.String, nw.Object, nw.Unknown):
        return read_objects(name, series.to_list())
    if dtype in (nw.Categorical, nw.Enum):
        return read_objects(name, series.to_list(), categorical=True)
    raise TypeError(
        f"Column {name!r} has type {dtype}, which is no number, text, category or date; "
        "convert it, or leave it out."
    )


def _nonempty(column: RawColumn) -> RawColumn:
    """Check that numbers are finite, and call a column without any value empty."""
    if column.values.dtype.kind == "f":
        assert_all_finite(column.values, allow_nan=True, input_name="X")
    return RawColumn(column.name, "empty", column.values) if column.is_empty else column
