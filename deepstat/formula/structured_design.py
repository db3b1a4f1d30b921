"""The structured part of a formula: a design matrix in the units of the data."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepstat.data.raw_column import RawColumn
from deepstat.data.table import Table, check_table
from deepstat.errors import suggest
from deepstat.formula.expression import Expression, Lookup
from deepstat.formula.factor import Factor, learn_factor
from deepstat.formula.full_rank import Piece, full_rank

Terms = tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class StructuredDesign:
    """How a table becomes the design matrix of one formula; see :func:`learn_structured_design`.

    Attributes
    ----------
    terms : tuple of tuples of str
        Each a product of factors; the empty one is the intercept.
    factors : dict of str to Factor

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"x": [1.0, 2.0, 4.0], "g": ["a", "b", "a"]})
    >>> parts = [(), (Expression("x"),), (Expression("C(g)"),)]
    >>> design = learn_structured_design(parts, table)
    >>> design.names
    ('Intercept', 'x', 'C(g)[T.b]')
    >>> design.design(table)
    array([[1., 1., 0.],
           [1., 2., 1.],
           [1., 4., 0.]])
    """

    terms: Terms
    factors: dict[str, Factor]

    @cached_property
    def _columns(self) -> list[tuple[str, tuple[str, ...], list[tuple[str, int]]]]:
        """Each column's name, its term, and the column of each factor whose product it is."""
        spanning = frozenset(text for text, factor in self.factors.items() if factor.spans_intercept)
        found = []
        for term, pieces in zip(self.terms, full_rank(self.terms, spanning), strict=True):
            for piece in pieces:
                found += [(name, term, places) for name, places in self._products(piece)]
        return found

    def _products(self, piece: Piece) -> list[tuple[str, list[tuple[str, int]]]]:
        """Return each column of a product of factors with its name; the first factor runs fastest."""
        if not piece:
            return [("Intercept", [])]
        choices = []
        for text, full in reversed(piece):
            names, kept = self.factors[text].names(True), self.factors[text].names(full)
            skipped = len(names) - len(kept)
            choices.append([(name, (text, skipped + j)) for j, name in enumerate(kept)])
        products = [list(reversed(product)) for product in itertools.product(*choices)]
        return [(":".join(name for name, _ in each), [place for _, place in each]) for each in products]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns; ``"Intercept"`` is the first, where there is one."""
        return tuple(name for name, _, _ in self._columns)

    @property
    def dropped(self) -> tuple[str, ...]:
        """The reference levels, which have no column of their own."""
        names = {place for _, _, places in self._columns for place in places}
        return tuple(
            factor.names(True)[0]
            for text, factor in self.factors.items()
            if factor.levels is not None and (text, 0) not in names
        )

    @property
    def has_intercept(self) -> bool:
        """Whether there is a column of ones."""
        return () in self.terms

    @property
    def variables(self) -> tuple[str, ...]:
        """The table's columns that are used."""
        return tuple(dict.fromkeys(n for f in self.factors.values() for n in f.expression.names))

    @property
    def labels(self) -> tuple[str, ...]:
        """The term of each column, as it is written."""
        return tuple(":".join(term) or "Intercept" for _, term, _ in self._columns)

    def uses(self, j: int) -> frozenset[str]:
        """Return the table's columns that column `j` of the matrix is made of."""
        return frozenset(name for text in self._columns[j][1] for name in self.factors[text].expression.names)

    def design(self, X: Any, *, strict: bool = True) -> NDArray[np.float64]:
        """Return the design matrix (n, p), in the units of the data, with the column of ones where there is one.

        Parameters
        ----------
        X : Table or frame with the columns named in the formula
        strict : bool
            Refuse levels that were not learned; otherwise the columns of their factor are NaN in these rows.

        Raises
        ------
        ValueError
            A column is not there, a value is missing, a level was not learned, or a result is not finite.
        """
        table = X if isinstance(X, Table) else check_table(X)
        lookup = complete_columns(table, self.variables)
        columns = {text: factor.columns(lookup, strict=strict) for text, factor in self.factors.items()}
        matrix = np.ones((table.n_rows, len(self._columns)))
        for j, (_, _, places) in enumerate(self._columns):
            for text, place in places:
                matrix[:, j] *= columns[text][:, place]
        return matrix

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {
            "terms": [list(term) for term in self.terms],
            "factors": [factor.to_json() for factor in self.factors.values()],
        }

    @classmethod
    def from_json(cls, state: dict[str, Any]) -> StructuredDesign:
        """Rebuild a design."""
        factors = {factor["text"]: Factor.from_json(factor) for factor in state["factors"]}
        terms = tuple(map(tuple, state["terms"]))
        if {text for term in terms for text in term} != set(factors) or len(set(terms)) < len(terms):
            raise ValueError("terms and factors of a formula do not belong together")
        return cls(terms, factors)


def learn_structured_design(
    terms: Sequence[Sequence[Expression]], X: Any, rows: NDArray[np.integer[Any]] | None = None
) -> StructuredDesign:
    """Learn the levels, knots and centres of a formula's factors from some rows of a table.

    Parameters
    ----------
    terms : sequence of terms, each a sequence of Expression
        The empty one is the intercept.
    X : Table or frame
    rows : ndarray of int or None
        Rows to learn from, repeats allowed; all by default.

    Raises
    ------
    ValueError
        A column is not there or has missing values, or holds another kind of values than the formula needs.
    """
    table = X if isinstance(X, Table) else check_table(X)
    expressions = {each.text: each for term in terms for each in term}
    lookup = complete_columns(table, [name for each in expressions.values() for name in each.names])

    def chosen(name: str) -> RawColumn:
        raw = lookup(name)
        return raw if rows is None else replace(raw, values=raw.values[rows])

    factors = {text: learn_factor(expression, chosen) for text, expression in expressions.items()}
    return StructuredDesign(tuple(tuple(each.text for each in term) for term in terms), factors)


def complete_columns(table: Table, names: Sequence[str]) -> Lookup:
    """Return ``lookup(name) -> RawColumn`` for columns of a table that are there and complete."""
    found = {}
    for name in dict.fromkeys(names):
        raw = table.column(place_of(table, name))
        missing = missing_rows(raw)
        if missing.any():
            raise ValueError(
                f"Column {name!r} is missing in {missing.sum()} row(s), first in row {missing.argmax()}: "
                "the structured "
                "part of a formula needs complete rows; fill in the values, leave out the rows, or move "
                "the column into deep(...), which takes missing values."
            )
        found[name] = raw
    return found.__getitem__


def place_of(table: Table, name: str) -> int:
    """Return where a table has a column."""
    names = table.names or ()
    if name not in names:
        raise ValueError(
            f"The formula uses {name!r}, which X does not have: its columns are "
            f"{', '.join(map(repr, names)) or 'unnamed'}.{suggest(name, names)}"
        )
    return names.index(name)


def missing_rows(raw: RawColumn) -> NDArray[np.bool_]:
    """Return which values of a column are missing.

    Examples
    --------
    >>> missing_rows(RawColumn("g", "categorical", np.array(["a", None], dtype=object)))
    array([False,  True])
    """
    if raw.kind == "categorical":
        return np.fromiter((value is None for value in raw.values), np.bool_, len(raw.values))
    return np.isnan(raw.values) if raw.values.dtype.kind == "f" else np.zeros(len(raw.values), dtype=bool)
