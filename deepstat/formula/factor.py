"""A factor of a formula with what it learned: levels, knots, centres."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepstat.data.schema import Level, _level_key
from deepstat.formula.expression import Expression, Lookup


@dataclass(frozen=True)
class Factor:
    """A learned factor; see :func:`learn_factor`.

    Attributes
    ----------
    expression : Expression
    levels : tuple of str, int, float or bool, or None
        In order; the first is the reference. None: numbers.
    fields : tuple of str or None
        Names of the columns of a basis; None: one column.
    spans_intercept : bool
    states : dict
        What stateful functions learned, by call, as plain JSON values.
    """

    expression: Expression
    levels: tuple[Level, ...] | None = None
    fields: tuple[str, ...] | None = None
    spans_intercept: bool = False
    states: dict[str, Any] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """How it is written."""
        return self.expression.text

    def names(self, full: bool) -> tuple[str, ...]:
        """Return the names of its columns: all of them, or without the one that the others and the intercept give.

        Examples
        --------
        >>> Factor(Expression("C(g)"), levels=("a", "b"), spans_intercept=True).names(full=False)
        ('C(g)[T.b]',)
        """
        if self.levels is not None:
            levels = self.levels if full else self.levels[1:]
            return tuple(f"{self.text}[{'' if full else 'T.'}{level}]" for level in levels)
        if self.fields is None:
            return (self.text,)
        fields = self.fields if full or not self.spans_intercept else self.fields[1:]
        return tuple(f"{self.text}[{name}]" for name in fields)

    def columns(self, lookup: Lookup, *, strict: bool = True) -> NDArray[np.float64]:
        """Return all of its columns (n, m).

        Parameters
        ----------
        lookup : callable
            ``lookup(name) -> RawColumn`` without missing values.
        strict : bool
            Refuse levels that were not learned; otherwise their rows are NaN.
        """
        value = self.expression.evaluate(lookup, self.states)
        if (self.levels is None) != (value.cells is None):
            known = "numbers" if self.levels is None else f"levels such as {self.levels[0]!r}"
            raise ValueError(
                f"{self.text!r} in the formula was learned with {known}: give it the same kind of values."
            )
        if self.levels is None:
            assert value.matrix is not None
            if value.matrix.shape[1] != len(self.fields or ("",)):
                raise ValueError(f"{self.text!r} in the formula now has {value.matrix.shape[1]} columns.")
            return value.matrix
        assert value.cells is not None
        places = {level: j for j, level in enumerate(self.levels)}
        codes = np.array([places.get(cell, -1) for cell in value.cells], dtype=np.int64)
        unseen = np.flatnonzero(codes < 0)
        if strict and unseen.size:
            shown = ", ".join(map(repr, self.levels[:10])) + (", ..." if len(self.levels) > 10 else "")
            raise ValueError(
                f"{self.text!r} in the formula holds {value.cells[unseen[0]]!r} in row {unseen[0]}, a level "
                f"that was not learned: the levels are {shown}."
            )
        columns = np.zeros((len(codes), len(self.levels)))
        columns[np.arange(len(codes)), np.maximum(codes, 0)] = 1.0
        columns[unseen] = np.nan
        return columns

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {
            "text": self.expression.text,
            "is_name": self.expression.is_name,
            "levels": None if self.levels is None else list(self.levels),
            "fields": None if self.fields is None else list(self.fields),
            "spans_intercept": self.spans_intercept,
            "states": self.states,
        }

    @classmethod
    def from_json(cls, state: dict[str, Any]) -> Factor:
        """Rebuild a factor; its text is checked as that of a new formula is."""
        levels, fields = state["levels"], state["fields"]
        if state["is_name"] and state["states"]:
            raise ValueError(f"the column {state['text']!r} has learned nothing")
        if levels is not None and (not levels or len(set(levels)) < len(levels)):
            raise ValueError(f"the levels of {state['text']!r} are not consistent")
        factor = cls(
            Expression(state["text"], state["is_name"]),
            None if levels is None else tuple(levels),
            None if fields is None else tuple(fields),
            state["spans_intercept"],
            state["states"],
        )
        known = factor.expression.gives_levels
        if known is not None and known != (levels is not None):
            raise ValueError(f"{state['text']!r} does not give what it learned")
        factor.expression.check_states(factor.states, len(fields or ("",)))
        return factor


def learn_factor(expression: Expression, lookup: Lookup) -> Factor:
    """Learn levels and states from rows.

    Parameters
    ----------
    expression : Expression
    lookup : callable
        ``lookup(name) -> RawColumn`` of the rows to learn from, without missing values.

    Examples
    --------
    >>> from deepstat.data.raw_column import RawColumn
    >>> g = RawColumn("g", "categorical", np.array(["b", "a"], dtype=object))
    >>> learn_factor(Expression("C(g, Treatment('b'))"), lambda name: g).levels
    ('b', 'a')
    """
    states: dict[str, Any] = {}
    value = expression.evaluate(lookup, states)
    levels: tuple[Level, ...] | None = None
    if value.cells is not None:
        seen = set(value.cells)
        levels = value.levels or tuple(sorted(seen, key=_level_key))
        outside = [cell for cell in seen if cell not in levels]
        if outside:
            raise ValueError(
                f"{expression.text!r} in the formula leaves out the level {outside[0]!r}, which the data "
                "have: add it."
            )
        if value.reference is not None:
            if value.reference not in levels:
                raise ValueError(
                    f"{expression.text!r} in the formula has no level {value.reference!r}: the levels are "
                    f"{', '.join(map(repr, levels[:10]))}."
                )
            levels = (value.reference, *(level for level in levels if level != value.reference))
    return Factor(expression, levels, value.fields, value.spans_intercept, states)
