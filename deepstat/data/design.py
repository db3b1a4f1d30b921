"""Design matrices: a table in its own units, categories by treatment coding, no missing values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from deepstat.data.columns import encode
from deepstat.data.inputs import Inputs, inputs_of
from deepstat.data.sample import Sample
from deepstat.data.schema import Column, Schema, learn_schema
from deepstat.data.table import Table, check_table


def learn_design(table: Any, rows: NDArray[np.integer[Any]] | None = None) -> Design:
    """Learn how a table becomes a design matrix from some of its rows.

    Parameters
    ----------
    table : Table or anything that `check_table` reads, n rows
    rows : ndarray of int or None
        The rows to learn from, without missing values; by default all complete ones (`complete_rows`).

    Returns
    -------
    Design

    Raises
    ------
    ValueError
        A column holds dates or no value at all; a row has a missing value; no row is complete.

    Examples
    --------
    >>> learn_design([[1.5, "b"], [2.0, "a"], [3.0, "c"]]).encoded_names
    ('x0', 'x1[T.b]', 'x1[T.c]')
    """
    table = table if isinstance(table, Table) else check_table(table)
    rows = complete_rows(table) if rows is None else np.asarray(rows)
    if not len(rows):
        raise ValueError(
            "No row is complete: fill in missing values or leave out the columns that have many."
        )
    schema = learn_schema(table, rows, warn=False)
    for column in schema.columns:
        if column.kind == "empty":
            raise ValueError(f"Column {column.name!r} holds missing values only: leave it out.")
        if column.kind == "datetime":
            raise ValueError(
                f"Column {column.name!r} holds dates: turn it into numbers, such as years, first."
            )
        if column.missing:
            raise ValueError(f"Column {column.name!r} has missing values: learn from complete rows only.")
    return Design(schema.feature_names, tuple(map(_in_own_units, schema.columns)))


def complete_rows(table: Any) -> NDArray[np.int64]:
    """Return the positions of the rows without missing values.

    Examples
    --------
    >>> complete_rows([[1.0, "a"], [None, "b"], [3.0, None]])
    array([0])
    """
    table = table if isinstance(table, Table) else check_table(table)
    complete = np.ones(table.n_rows, dtype=bool)
    for j in range(table.n_columns):
        complete &= ~_missing(table, j)
    return np.flatnonzero(complete)


def _missing(table: Table, j: int) -> NDArray[np.bool_]:
    raw = table.column(j)
    if raw.kind == "categorical":
        return np.fromiter((value is None for value in raw.values), np.bool_, table.n_rows)
    return np.isnan(raw.values) if raw.values.dtype.kind == "f" else np.zeros(table.n_rows, dtype=bool)


def _in_own_units(column: Column) -> Column:
    """Let `encode` pass numbers through: no centring and no scaling, also of constants."""
    return column if column.kind == "categorical" else replace(column, center=(0.0,), scale=(1.0,))


def _names(column: Column) -> tuple[str, ...]:
    if column.kind == "categorical":
        return tuple(f"{column.name}[T.{level}]" for level in column.levels[1:])
    return (column.name,)


@dataclass(frozen=True)
class Design:
    """How a table becomes a design matrix, without the column of ones; see :func:`learn_design`.

    It stands where networks have a :class:`deepstat.data.schema.Schema`: all of its columns are numbers.

    Attributes
    ----------
    feature_names : tuple of str or None
    columns : tuple of Column
        One for each column of the table, in its order. The first level of categories is the reference and has no
        column of its own.
    left_out : tuple of int
        Columns of the matrix that are dropped, because they depend linearly on those before them.

    Examples
    --------
    >>> design = learn_design([[1.5, "b"], [2.0, "a"]])
    >>> design.encode([[3.0, "b"], [4.0, "a"]])
    array([[3., 1.],
           [4., 0.]])
    >>> design.dropped
    ('x1[a]',)
    >>> Design.from_json(design.to_json()) == design
    True
    """

    feature_names: tuple[str, ...] | None
    columns: tuple[Column, ...]
    left_out: tuple[int, ...] = ()

    @property
    def encoded_names(self) -> tuple[str, ...]:
        """Names of the matrix's columns: of a category ``"g[T.b]"`` for its level b."""
        every = (name for column in self.columns for name in _names(column))
        return tuple(name for j, name in enumerate(every) if j not in self.left_out)

    def without(self, columns: Sequence[int]) -> Design:
        """Return the design without some of its matrix's columns, by their places.

        Examples
        --------
        >>> learn_design([[1.5, "b"], [2.0, "a"]]).without([1]).encode([[3.0, "b"]])
        array([[3.]])
        """
        every = sum(len(_names(column)) for column in self.columns)
        kept = [j for j in range(every) if j not in self.left_out]
        return replace(self, left_out=tuple(sorted({*self.left_out, *(kept[j] for j in columns)})))

    @property
    def dropped(self) -> tuple[str, ...]:
        """The reference levels, which have no column."""
        return tuple(f"{c.name}[{c.levels[0]}]" for c in self.columns if c.kind == "categorical")

    @property
    def n_numeric(self) -> int:
        """Columns of the matrix."""
        return len(self.encoded_names)

    @property
    def width(self) -> int:
        """Columns of the matrix."""
        return self.n_numeric

    @property
    def cardinalities(self) -> tuple[int, ...]:
        """No column of codes is left."""
        return ()

    @property
    def is_plain(self) -> bool:
        """False: tables always pass through `encode`, which refuses what was not learned."""
        return False

    @property
    def is_sparse(self) -> bool:
        """False: the matrix is dense."""
        return False

    def inputs(self, take: Callable[[], Sample] | None = None) -> Inputs:
        """Return what architectures are told: all columns are numbers."""
        return inputs_of(self.n_numeric, (), take)

    def complete_rows(self, X: Any) -> NDArray[np.int64]:
        """Return the positions of the rows without missing values."""
        return complete_rows(X)

    def encode(self, X: Any, dtype: DTypeLike = np.float64) -> NDArray[Any]:
        """Return the design matrix (n, p) of a table.

        Parameters
        ----------
        X : Table or anything that `check_table` reads
        dtype : float32 or float64

        Raises
        ------
        ValueError
            A value is missing, a level was not learned, a column holds another kind of values, or columns are too
            many or few.
        """
        table = X if isinstance(X, Table) else check_table(X)
        encoded = encode(Schema(self.feature_names, self.columns), table, np.float64)
        floats_first = sorted(range(len(self.columns)), key=lambda j: self.columns[j].kind == "categorical")
        parts: dict[int, NDArray[Any]] = {}
        for values, j in zip(encoded.T, floats_first, strict=True):
            column = self.columns[j]
            missing = _missing(table, j)
            if missing.any():
                raise ValueError(
                    f"Column {column.name!r} is missing in {missing.sum()} row(s), first in row {missing.argmax()}: a "
                    "design matrix needs complete rows; fill in the values or leave out the rows."
                )
            if column.kind == "categorical":
                self._refuse_unseen(column, table, j, values)
                values = values == np.arange(2, len(column.levels) + 1)[:, None]
            parts[j] = np.atleast_2d(values)
        matrix = np.vstack([parts[j] for j in range(len(parts))])
        if self.left_out:
            matrix = np.delete(matrix, self.left_out, axis=0)
        return np.ascontiguousarray(matrix.T, dtype=dtype)

    @staticmethod
    def _refuse_unseen(column: Column, table: Table, j: int, codes: NDArray[Any]) -> None:
        unseen = np.flatnonzero(codes == 0)
        if unseen.size:
            level = table.column(j).values[unseen[0]]
            known = ", ".join(map(repr, column.levels[:10])) + (", ..." if len(column.levels) > 10 else "")
            raise ValueError(
                f"Column {column.name!r} holds {level!r} in row {unseen[0]}, a level that was not learned: the levels "
                f"are {known}."
            )

    def to_json(self) -> dict[str, Any]:
        """Return the design as plain JSON values."""
        state = Schema(self.feature_names, self.columns).to_json()
        return {"type": "Design", **state, "left_out": list(self.left_out)}

    @classmethod
    def from_json(cls, state: dict[str, Any]) -> Design:
        """Rebuild a design from what `to_json` returned."""
        schema = Schema.from_json(state)
        every = sum(len(_names(column)) for column in schema.columns)
        left_out = tuple(state["left_out"])
        if list(left_out) != sorted({*range(every)} & {*left_out}):
            raise ValueError(f"left_out={left_out} are not columns of the design")
        return cls(schema.feature_names, schema.columns, left_out)
