"""The formulas of an estimator: one for everything, or one for each parameter of a distribution."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np
from numpy.typing import NDArray

from deepstat.data.raw_column import RawColumn
from deepstat.data.table import Table, check_table
from deepstat.errors import suggest
from deepstat.formula.expression import Expression
from deepstat.formula.formula_design import FormulaDesign, learn_formula_design
from deepstat.formula.read_formula import FormulaTerms, read_formula
from deepstat.formula.structured_design import place_of
from deepstat.formula.transform import TRANSFORMS


@dataclass(frozen=True)
class Formulas:
    """Formulas, read; see :func:`read_formulas`.

    Attributes
    ----------
    text : str
        As given, for messages.
    left : tuple of Expression
        The target's columns; empty where no formula has a left side.
    terms : dict of str to FormulaTerms
        By parameter; ``""`` where there is one formula for all raw outputs.
    """

    text: str
    left: tuple[Expression, ...]
    terms: dict[str, FormulaTerms]

    @property
    def variables(self) -> tuple[str, ...]:
        """The columns of the right sides, in order."""
        return tuple(dict.fromkeys(name for terms in self.terms.values() for name in terms.variables))

    @property
    def deep(self) -> tuple[str, ...]:
        """Labels of the distinct deep terms."""
        return tuple(dict.fromkeys(term.label for terms in self.terms.values() for term in terms.deep))

    def learn(self, table: Table, rows: Any = None, weight: Any = None) -> FormulaDesign:
        """Learn how a table is encoded: see :func:`learn_formula_design`."""
        return learn_formula_design(self.terms, table, rows, weight)

    def split(self, X: Any, y: Any) -> tuple[Any, Any]:
        """Return the columns of the right sides, and the target: `y`, or the left side where it is None.

        Raises
        ------
        ValueError
            X has no names, or lacks a column; there is no target; `y` is given and the left side computes another.
        """
        if y is None and self.left:
            y = self.target(X)
        elif y is not None and any(self._computes(each) for each in self.left):
            raise ValueError(
                f"formula={self.text!r} computes its target from the table, but y was given too: leave out "
                "one of them."
            )
        elif y is None:
            raise ValueError(
                f"formula={self.text!r} has no left side and the target y is None: write 'y ~ ...', or pass y to fit."
            )
        return select_columns(X, self.variables), y

    def target(self, X: Any) -> NDArray[Any]:
        """Return the left side (n,) or (n, k) of a frame."""
        names = tuple(dict.fromkeys(name for each in self.left for name in each.names))
        table = check_table(select_columns(X, names, "left side"))
        parts = [self._column(each, table) for each in self.left]
        return parts[0] if len(parts) == 1 else np.column_stack(parts)

    def _column(self, expression: Expression, table: Table) -> NDArray[Any]:
        if not self._computes(expression):
            return table.column(place_of(table, expression.names[0])).values

        def lookup(name: str) -> RawColumn:
            return table.column(place_of(table, name))

        value = expression.evaluate(lookup, {})
        if value.matrix is None or value.fields is not None:
            raise ValueError(f"The left side of formula={self.text!r} must be numbers, such as y or log(y).")
        return value.matrix[:, 0]

    @staticmethod
    def _computes(expression: Expression) -> bool:
        return not (expression.is_name or expression.text.strip("` ") == expression.names[0])


def read_formulas(formula: Any, parameters: tuple[str, ...] | None = None) -> Formulas:
    """Read a formula, or one for each parameter.

    Parameters
    ----------
    formula : str or mapping of parameter to str
    parameters : tuple of str or None
        Parameters that may have a formula of their own; a plain string is for the first. None: there are none.

    Examples
    --------
    >>> formulas = read_formulas({"loc": "y ~ x + deep(z)", "scale": "~ x"}, ("loc", "scale"))
    >>> formulas.variables, formulas.left[0].names, list(formulas.terms)
    (('x', 'z'), ('y',), ['loc', 'scale'])
    """
    given = formula
    if not isinstance(formula, Mapping):
        given = {parameters[0] if parameters else "": formula}
    elif not parameters:
        raise ValueError(
            f"formula={dict(formula)!r} has a formula for each parameter, which DeepDistributionRegressor "
            "takes: give one formula here."
        )
    if not given:
        raise ValueError("formula={} is empty: give a formula for at least one parameter.")
    for name in given:
        if parameters and name not in parameters:
            raise ValueError(
                f"formula has {name!r}, which is no parameter of the distribution: they are {', '.join(parameters)}."
                f"{suggest(str(name), parameters)}"
            )
    ordered = [name for name in (parameters or ("",)) if name in given and not is_constant(given[name])]
    terms = {name: read_formula(given[name]) for name in ordered}
    lefts = [own.left for own in terms.values() if own.left]
    text = str(formula if isinstance(formula, str) else dict(formula))
    if any(left != lefts[0] for left in lefts):
        raise ValueError(f"formula={text} has different left sides: write the target in one of them.")
    for expression in lefts[0] if lefts else ():
        if any(f"{name}(" in expression.text for name in TRANSFORMS):
            raise ValueError(
                f"The left side of formula={text!r} learns from rows: targets are standardised inside; "
                "write y or log(y)."
            )
    return Formulas(text, lefts[0] if lefts else (), terms)


def is_constant(formula: Any) -> bool:
    """Say whether a formula is that of a number which is the same for all rows.

    Examples
    --------
    >>> is_constant("~ 1"), is_constant("~ x"), is_constant("y ~ 1")
    (True, False, False)
    """
    return isinstance(formula, str) and "".join(formula.split()) == "~1"


def select_columns(X: Any, names: tuple[str, ...], side: str = "right side") -> Any:
    """Return some columns of a frame, by name.

    Examples
    --------
    >>> import pandas as pd
    >>> select_columns(pd.DataFrame({"a": [1], "b": [2]}), ("b",))
       b
    0  2
    """
    frame = nw.from_native(X, eager_only=True, pass_through=True) if hasattr(X, "columns") else X
    if not isinstance(frame, nw.DataFrame):
        raise ValueError(
            f"A formula needs a frame with named columns (pandas, polars), but X is {type(X).__name__}: "
            "name its columns."
        )
    for name in names:
        if name not in frame.columns:
            raise ValueError(
                f"The formula's {side} names {name!r}, which X does not have: its columns are "
                f"{', '.join(map(repr, frame.columns))}.{suggest(name, [str(each) for each in frame.columns])}"
            )
    return frame.select(list(names)).to_native()
