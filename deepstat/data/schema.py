"""What is learned from a table's columns: kinds, centres, scales, categories."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import DTypeLike, NDArray

from deepstat.data.inputs import Inputs, inputs_of
from deepstat.data.instants import PARTS, instants
from deepstat.data.moments import counted_rows, moments
from deepstat.data.raw_column import RawColumn
from deepstat.data.sample import Sample
from deepstat.data.scaling import inverse
from deepstat.data.table import Table, check_table

Kind = Literal["numeric", "boolean", "categorical", "datetime", "empty"]
Level = str | int | float | bool | None


def learn_schema(
    table: Any,
    rows: NDArray[np.integer[Any]] | None = None,
    weight: NDArray[np.floating[Any]] | None = None,
    *,
    warn: bool = True,
) -> Schema:
    """Learn how to encode a table from some of its rows.

    Parameters
    ----------
    table : Table or anything that `check_table` reads, n rows
    rows : ndarray of int or None
        The training rows; all by default. Only a column's kind may be judged by other rows.
    weight : ndarray of shape (n,) or None
        A frequency for each row of the table: weight 2 is the row twice, and rows of weight 0 teach nothing.
    warn : bool
        Tell of empty columns.

    Returns
    -------
    Schema

    Warns
    -----
    UserWarning
        Once, naming all columns that have no value in the training rows; they are encoded as 0.

    Examples
    --------
    >>> schema = learn_schema([[1.0, "red"], [3.0, "blue"]])
    >>> schema.encoded_names, schema.columns[0].center, schema.columns[1].levels
    (('x0', 'x1'), (2.0,), ('blue', 'red'))
    """
    table = table if isinstance(table, Table) else check_table(table)
    rows = counted_rows(table.n_rows, rows, weight)
    if table.values is not None:
        learned = moments(table.values, rows, weight)
        kind: Kind = "boolean" if table.values.dtype.kind == "b" else "numeric"
        parts = zip(*(part.tolist() for part in learned), strict=True)
        columns = tuple(
            _scaled(table.name(j), kind, (0.0 if table.is_sparse else mean,), (deviation,), missing)
            for j, (mean, deviation, missing) in enumerate(parts)
        )
    else:
        columns = tuple(_learn_column(column, rows, weight) for column in table.columns)
    empty = [column.name for column in columns if column.kind == "empty"]
    if empty and warn:
        warnings.warn(
            "Columns without any value in the training rows are encoded as 0; leave them out: "
            f"{', '.join(map(repr, empty))}.",
            UserWarning,
            stacklevel=2,
        )
    n_rows = table.n_rows if rows is None else len(rows)
    return Schema(table.names, columns, table.is_sparse, n_rows)


def expand(raw: RawColumn, kind: str, zone: str | None = None) -> NDArray[np.float64]:
    """Turn a raw column into its float columns, before they are standardised.

    Parameters
    ----------
    raw : RawColumn of n rows
    kind : {"numeric", "boolean", "datetime"}
    zone : str or None
        Time zone of the wall clock, for dates.

    Returns
    -------
    ndarray of shape (n, 1), or (n, 7) for dates; NaN is missing.

    Examples
    --------
    >>> import numpy as np
    >>> expand(RawColumn("smokes", "boolean", np.array([True, False])), "boolean")
    array([[1.],
           [0.]])
    """
    values = raw.values.astype(np.float64, copy=False)
    return instants(values, zone) if kind == "datetime" else values[:, None]


def _learn_column(raw: RawColumn, rows: Any, weight: Any) -> Column:
    if raw.kind == "empty":
        return Column(raw.name, "empty", (0.0,), (0.0,))
    if raw.kind == "categorical":
        counted = counted_rows(len(raw.values), rows, weight)
        seen = set(raw.values if counted is None else raw.values[counted])
        if seen == {None}:
            return Column(raw.name, "empty", (0.0,), (0.0,))
        return Column(
            raw.name, "categorical", levels=tuple(sorted(seen, key=_level_key)), missing=None in seen
        )
    mean, deviation, missing = moments(expand(raw, raw.kind, raw.zone), rows, weight)
    return _scaled(
        raw.name, raw.kind, tuple(mean.tolist()), tuple(deviation.tolist()), float(missing[0]), raw.zone
    )


def _scaled(
    name: str,
    kind: Kind,
    center: tuple[float, ...],
    scale: tuple[float, ...],
    missing: float,
    zone: str | None = None,
) -> Column:
    if missing == 1.0:
        return Column(name, "empty", (0.0,), (0.0,))
    if missing > 0.0:  # one more column: 1 where the value is missing, standardised like any other
        center, scale = center + (missing,), scale + (math.sqrt(missing * (1.0 - missing)),)
    return Column(name, kind, center, scale, missing=missing > 0.0, zone=zone)


def _level_key(level: Level) -> tuple[str, Any]:
    """Sort by type name, then by value; numbers are one type, as 1 equals 1.0; missing comes last."""
    if level is None:
        return "~", 0
    return ("str", level) if isinstance(level, str) else ("number", level)


@dataclass(frozen=True)
class Column:
    """What is learned from one column.

    Attributes
    ----------
    name : str
        The column's name; ``"x0"``, ``"x1"``, ... where the table has none.
    kind : {"numeric", "boolean", "categorical", "datetime", "empty"}
        ``"empty"``: without any value in the training rows; one column of zeros, whatever comes later.
    center, scale : tuple of float
        Weighted mean and population standard deviation of each float column that it is encoded to: one, seven
        for dates (`deepstat.data.instants.PARTS`), none for categories; the indicator of missing values is
        the last. A scale of 0 marks a constant, encoded as 0.
    levels : tuple of str, int, float, bool or None
        The categories seen, sorted; their codes are 1, 2, ... None, the last, stands for missing values if
        some were seen. Code 0 is for what was not.
    missing : bool
        Whether values were missing in the training rows.
    zone : str or None
        Time zone of dates.

    Examples
    --------
    >>> Column("age", "numeric", (40.0, 0.1), (12.5, 0.3), missing=True).encoded_names
    ('age', 'age is missing')
    """

    name: str
    kind: Kind
    center: tuple[float, ...] = ()
    scale: tuple[float, ...] = ()
    levels: tuple[Level, ...] = ()
    missing: bool = False
    zone: str | None = None

    @property
    def encoded_names(self) -> tuple[str, ...]:
        """Names of the columns that it is encoded to."""
        if self.kind == "categorical":
            return (self.name,)
        names = tuple(f"{self.name}: {part}" for part in PARTS) if self.kind == "datetime" else (self.name,)
        return names + (f"{self.name} is missing",) if self.missing else names


@dataclass(frozen=True)
class Schema:
    """How a table is encoded; see :func:`learn_schema` and :func:`deepstat.data.columns.encode`.

    Attributes
    ----------
    feature_names : tuple of str or None
    columns : tuple of Column
        One for each column of the table, in its order.
    is_sparse : bool
        Learned from a sparse table: centres are 0, so that encoding keeps zeros.
    n_rows : int
        Rows of positive weight that it was learned from.

    Examples
    --------
    >>> schema = learn_schema([[1.0, True, "a"], [None, False, "b"]])
    >>> schema.n_numeric, schema.cardinalities, schema.width
    (3, (2,), 4)
    >>> Schema.from_json(schema.to_json()) == schema
    True
    """

    feature_names: tuple[str, ...] | None
    columns: tuple[Column, ...]
    is_sparse: bool = False
    n_rows: int = 0

    @property
    def n_numeric(self) -> int:
        """Number of float columns of the encoded table; they come first."""
        return sum(len(column.center) for column in self.columns)

    @property
    def cardinalities(self) -> tuple[int, ...]:
        """Number of levels of each code column."""
        return tuple(len(column.levels) for column in self.columns if column.kind == "categorical")

    @property
    def width(self) -> int:
        """Number of columns of the encoded table."""
        return self.n_numeric + len(self.cardinalities)

    @property
    def encoded_names(self) -> tuple[str, ...]:
        """Names of the encoded columns, for reports: float columns first, then codes."""
        floats = [name for c in self.columns if c.kind != "categorical" for name in c.encoded_names]
        return tuple(floats + [column.name for column in self.columns if column.kind == "categorical"])

    @property
    def is_plain(self) -> bool:
        """Whether every column is numeric and complete, so that encoding is `affine` alone.

        A plain table may be sent to a device as it is and standardised there; NaN in a later table must then
        be replaced by 0 after standardising, as :func:`deepstat.data.columns.encode` does.
        """
        return all(column.kind == "numeric" and not column.missing for column in self.columns)

    def affine(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return center and inverse scale of shape (width,): ``(x - center) * inverse_scale`` standardises.

        Codes have 0 and 1; constants have an inverse scale of 0.

        Examples
        --------
        >>> learn_schema([[1.0, 7.0], [3.0, 7.0]]).affine()
        (array([2., 7.]), array([1., 0.]))
        """
        center, inverse_scale = np.zeros(self.width), np.ones(self.width)
        n = self.n_numeric
        center[:n] = [value for column in self.columns for value in column.center]
        inverse_scale[:n] = inverse(np.array([value for column in self.columns for value in column.scale]))
        return center, inverse_scale

    def differs_by_affine(self, other: Any) -> bool:
        """Say whether `other` encodes rows to the same columns before they are centred and scaled."""
        return isinstance(other, Schema) and self.is_plain and other.is_plain

    def encode(self, table: Any, dtype: DTypeLike = np.float64) -> Any:
        """Encode a table: see :func:`deepstat.data.columns.encode`."""
        from deepstat.data.columns import encode  # it needs this module

        return encode(self, table, dtype)

    def inputs(self, take: Callable[[], Sample] | None = None) -> Inputs:
        """Return what architectures are told of the encoded table; `take` gives encoded rows when asked."""
        return inputs_of(self.n_numeric, self.cardinalities, take, n_rows=self.n_rows)

    def to_json(self) -> dict[str, Any]:
        """Return the schema as plain JSON values; every float and the type of every level survive exactly."""
        return {
            "feature_names": None if self.feature_names is None else list(self.feature_names),
            "columns": [
                {
                    name: list(value) if isinstance(value, tuple) else value
                    for name, value in asdict(column).items()
                }
                for column in self.columns
            ],
            "is_sparse": self.is_sparse,
            "n_rows": self.n_rows,
        }

    @classmethod
    def from_json(cls, state: dict[str, Any]) -> Schema:
        """Rebuild a schema from what `to_json` returned."""
        names = state["feature_names"]
        columns = tuple(
            Column(
                **{name: tuple(value) if isinstance(value, list) else value for name, value in column.items()}
            )
            for column in state["columns"]
        )
        return cls(None if names is None else tuple(names), columns, state["is_sparse"], state["n_rows"])
