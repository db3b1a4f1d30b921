"""How a table is encoded for a formula's network: structured columns of each parameter, then deep columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from deepstat.data.moments import moments
from deepstat.data.sample import Sample
from deepstat.data.scaling import inverse
from deepstat.data.schema import Schema, learn_schema
from deepstat.data.table import Table, check_table
from deepstat.formula.counted import counted
from deepstat.formula.formula_inputs import DeepColumns, FormulaInputs, HeadColumns
from deepstat.formula.read_formula import FormulaTerms
from deepstat.formula.structured_design import (
    StructuredDesign,
    learn_structured_design,
    missing_rows,
    place_of,
)


@dataclass(frozen=True)
class ParameterDesign:
    """The part of a formula's design that belongs to one parameter.

    Attributes
    ----------
    structured : StructuredDesign
    center, scale : tuple of float
        Of each structured column beside the intercept's; centres are 0 where there is no intercept.
    deep : tuple of (label, int)
        Deep terms, and which of the design's deep schemas each uses.
    """

    structured: StructuredDesign
    center: tuple[float, ...]
    scale: tuple[float, ...]
    deep: tuple[tuple[str, int], ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns of :meth:`design`."""
        return self.structured.names

    @property
    def width(self) -> int:
        """Structured columns of the encoded table."""
        return len(self.center)

    def design(self, X: Any) -> NDArray[np.float64]:
        """Return the design matrix (n, p) in the units of the data, see :meth:`StructuredDesign.design`."""
        return self.structured.design(X)

    def in_units_of_data(self, weight: NDArray[np.float64], bias: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return coefficients (k, p) of :meth:`design` for those of the standardised columns.

        Parameters
        ----------
        weight : ndarray of shape (k, width)
        bias : ndarray of shape (k,)
            Left out where there is no intercept.
        """
        coefficients = weight * inverse(np.array(self.scale))
        if not self.structured.has_intercept:
            return coefficients
        intercept = bias - coefficients @ np.array(self.center)
        return np.column_stack([intercept, coefficients])

    def encode(self, table: Table, *, strict: bool) -> NDArray[np.float64]:
        """Return the standardised columns (n, width); unseen levels, where they are let pass, are 0."""
        matrix = self.structured.design(table, strict=strict)[:, int(self.structured.has_intercept) :]
        matrix = (matrix - np.array(self.center)) * inverse(np.array(self.scale))
        return matrix if strict else np.nan_to_num(matrix, nan=0.0)


@dataclass(frozen=True)
class FormulaDesign:
    """How a table is encoded for a formula; see :func:`learn_formula_design`.

    It stands where networks without a formula have a :class:`deepstat.data.schema.Schema`.

    Attributes
    ----------
    feature_names : tuple of str
        The columns that the right sides name.
    parameters : dict of str to ParameterDesign
        One for each formula: a single one has the name ``""``.
    groups : tuple of (names, Schema)
        The distinct sets of columns inside ``deep(...)`` with what was learned of each.

    Examples
    --------
    >>> import pandas as pd
    >>> from deepstat.formula.read_formula import read_formula
    >>> table = pd.DataFrame({"x": [1.0, 2.0, 4.0], "z": [0.0, 5.0, 2.0], "g": ["a", "b", "a"]})
    >>> design = learn_formula_design({"": read_formula("~ x + deep(z, g)")}, table)
    >>> design.names, design.encoded_names
    (('Intercept', 'x'), ('x', 'z', 'g'))
    >>> design.design(table)
    array([[1., 1.],
           [1., 2.],
           [1., 4.]])
    >>> FormulaDesign.from_json(design.to_json()) == design
    True
    """

    feature_names: tuple[str, ...]
    parameters: dict[str, ParameterDesign]
    groups: tuple[tuple[tuple[str, ...], Schema], ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """The table's columns."""
        return self.feature_names

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns of the first parameter's design matrix."""
        return next(iter(self.parameters.values())).names

    @property
    def dropped(self) -> tuple[str, ...]:
        """Reference levels, which have no column."""
        return tuple(dict.fromkeys(n for own in self.parameters.values() for n in own.structured.dropped))

    @property
    def encoded_names(self) -> tuple[str, ...]:
        """Names of the encoded columns."""
        floats = [name for own in self.parameters.values() for name in own.names if name != "Intercept"]
        deep = [schema.encoded_names for _, schema in self.groups]
        numbers = [
            name for (_, s), names in zip(self.groups, deep, strict=True) for name in names[: s.n_numeric]
        ]
        codes = [
            name for (_, s), names in zip(self.groups, deep, strict=True) for name in names[s.n_numeric :]
        ]
        return tuple(floats + numbers + codes)

    @property
    def n_numeric(self) -> int:
        """Float columns of the encoded table."""
        structured = sum(own.width for own in self.parameters.values())
        return structured + sum(schema.n_numeric for _, schema in self.groups)

    @property
    def cardinalities(self) -> tuple[int, ...]:
        """Levels of each code column."""
        return tuple(n for _, schema in self.groups for n in schema.cardinalities)

    @property
    def width(self) -> int:
        """Columns of the encoded table."""
        return self.n_numeric + len(self.cardinalities)

    @property
    def is_plain(self) -> bool:
        """False: tables always pass through `encode`."""
        return False

    @property
    def is_sparse(self) -> bool:
        """False: the encoded table is dense."""
        return False

    def design(self, X: Any, parameter: str | None = None) -> NDArray[np.float64]:
        """Return the design matrix (n, p) of a parameter (by default the first), in the units of the data."""
        known = self.parameters
        return known[next(iter(known)) if parameter is None else parameter].design(X)

    def encode(self, X: Any, dtype: DTypeLike = np.float64) -> NDArray[Any]:
        """Encode a table for the network.

        Parameters
        ----------
        X : Table or frame
            With the columns of the formula, and perhaps others.
        dtype : float32 or float64

        Raises
        ------
        ValueError
            A column is not there; one of the structured part has missing values or a level that was not
            learned; a value is too large.
        """
        return self._encode(X, dtype, strict=True)

    def encode_for_fit(self, X: Any, dtype: DTypeLike = np.float64) -> NDArray[Any]:
        """Encode the table of a fit: levels that only rows held out, or not drawn, have, count as average ones."""
        return self._encode(X, dtype, strict=False)

    def _encode(self, X: Any, dtype: DTypeLike, *, strict: bool) -> NDArray[Any]:
        table = X if isinstance(X, Table) else check_table(X)
        structured = [own.encode(table, strict=strict) for own in self.parameters.values()]
        out = np.empty((table.n_rows, self.width), dtype)
        place, code_place = 0, self.n_numeric
        for part in structured:
            with np.errstate(over="ignore"):
                out[:, place : place + part.shape[1]] = part
            place += part.shape[1]
        if not np.isfinite(out[:, :place]).all():
            name = self.encoded_names[int(np.flatnonzero(~np.isfinite(out[:, :place]).all(axis=0))[0])]
            raise ValueError(f"{name!r} of the formula is too large for {np.dtype(dtype)}: check its units.")
        for names, schema in self.groups:
            part = schema.encode(_part(table, names), dtype)
            n, m = schema.n_numeric, len(schema.cardinalities)
            out[:, place : place + n] = part[:, :n]
            out[:, code_place : code_place + m] = part[:, n:]
            place, code_place = place + n, code_place + m
        return out

    def affine(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return center and inverse scale of the encoded columns, shape (width,); codes have 0 and 1."""
        center, inverse_scale = np.zeros(self.width), np.ones(self.width)
        own = self.parameters.values()
        center[: self.n_numeric] = [c for each in own for c in each.center] + [
            c for _, schema in self.groups for c in schema.affine()[0][: schema.n_numeric]
        ]
        inverse_scale[: self.n_numeric] = [s for each in own for s in inverse(np.array(each.scale))] + [
            s for _, schema in self.groups for s in schema.affine()[1][: schema.n_numeric]
        ]
        return center, inverse_scale

    def differs_by_affine(self, other: Any) -> bool:
        """Say whether `other` encodes rows to the same columns before they are centred and scaled."""
        return isinstance(other, FormulaDesign) and self._shared is not None and self._shared == other._shared

    @cached_property
    def _shared(self) -> Any:
        """What decides of the columns before they are standardised; None: more than that."""
        columns = [column for _, schema in self.groups for column in schema.columns]
        if any(column.missing or column.kind == "empty" for column in columns):
            return None
        structured = [(name, own.structured, own.deep) for name, own in self.parameters.items()]
        return structured, [(c.name, c.kind, c.levels, c.zone) for c in columns]

    def inputs(self, take: Callable[[], Sample] | None = None) -> FormulaInputs:
        """Return what the network is told; `take` gives encoded training rows when asked."""
        heads, place = [], 0
        for name, own in self.parameters.items():
            heads.append(HeadColumns(name, place, place + own.width, own.structured.has_intercept, own.deep))
            place += own.width
        deep, code_place = [], self.n_numeric
        for _, schema in self.groups:
            deep.append(DeepColumns(place, place + schema.n_numeric, code_place, schema.cardinalities))
            place, code_place = place + schema.n_numeric, code_place + len(schema.cardinalities)
        return FormulaInputs(
            self.n_numeric,
            self.cardinalities,
            n_rows=self.groups[0][1].n_rows if self.groups else 0,
            heads=tuple(heads),
            deep=tuple(deep),
            take=take,
        )

    def unscaled(self) -> FormulaDesign:
        """Return the same design with structured columns encoded as they are, for exact solvers."""
        parameters = {
            name: replace(own, center=(0.0,) * own.width, scale=(1.0,) * own.width)
            for name, own in self.parameters.items()
        }
        return replace(self, parameters=parameters)

    def shared_columns(self, parameter: str, group: int) -> list[int]:
        """Return the columns of a parameter's design matrix that are made of a deep term's inputs alone.

        The intercept, made of nothing, is always one of them.
        """
        own, inputs = self.parameters[parameter].structured, set(self.groups[group][0])
        return [j for j in range(len(own.names)) if own.uses(j) <= inputs]

    def complete_rows(self, X: Any) -> NDArray[np.int64]:
        """Return the rows without missing values in the structured part."""
        table = X if isinstance(X, Table) else check_table(X)
        complete = np.ones(table.n_rows, dtype=bool)
        for own in self.parameters.values():
            for name in own.structured.variables:
                complete &= ~missing_rows(table.column(place_of(table, name)))
        return np.flatnonzero(complete)

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values; every number survives exactly."""
        return {
            "feature_names": list(self.feature_names),
            "columns": list(self.feature_names),
            "parameters": [
                {
                    "name": name,
                    **own.structured.to_json(),
                    "center": list(own.center),
                    "scale": list(own.scale),
                    "deep": [list(each) for each in own.deep],
                }
                for name, own in self.parameters.items()
            ],
            "groups": [{"names": list(names), "schema": schema.to_json()} for names, schema in self.groups],
        }

    @classmethod
    def from_json(cls, state: dict[str, Any]) -> FormulaDesign:
        """Rebuild a design; whatever does not fit together is a ``ValueError``."""
        groups = tuple((tuple(own["names"]), Schema.from_json(own["schema"])) for own in state["groups"])
        parameters = {
            own["name"]: ParameterDesign(
                StructuredDesign.from_json(own),
                tuple(own["center"]),
                tuple(own["scale"]),
                tuple((label, place) for label, place in own["deep"]),
            )
            for own in state["parameters"]
        }
        design = cls(tuple(state["feature_names"]), parameters, groups)
        design._check(len(state["parameters"]))
        return design

    def _check(self, n_parameters: int) -> None:
        known = set(self.feature_names)
        good = len(known) == len(self.feature_names) > 0 and len(self.parameters) == n_parameters > 0
        for own in self.parameters.values():
            n = len(own.names) - own.structured.has_intercept
            good = good and n == len(own.center) == len(own.scale) and known >= set(own.structured.variables)
            good = good and all(0 <= place < len(self.groups) for _, place in own.deep)
            good = good and bool(n or own.deep or own.structured.has_intercept)
        for names, schema in self.groups:
            good = good and known >= set(names) and len(names) == len(schema.columns) > 0
        if not good:
            raise ValueError("the parts of its formula do not belong together")


def learn_formula_design(
    formulas: Mapping[str, FormulaTerms],
    X: Any,
    rows: NDArray[np.integer[Any]] | None = None,
    weight: NDArray[np.floating[Any]] | None = None,
) -> FormulaDesign:
    """Learn how a table is encoded from some of its rows.

    Parameters
    ----------
    formulas : mapping of parameter to FormulaTerms
    X : Table or frame with named columns
    rows : ndarray of int or None
        Rows to learn from, repeats allowed; all by default.
    weight : ndarray of shape (n,) or None
        Frequencies: weight 2 is the row twice, for knots and centres too (other weights to a millionth of their sum).

    Raises
    ------
    ValueError
        See :meth:`StructuredDesign.design`.
    """
    table = X if isinstance(X, Table) else check_table(X)
    repeated = counted(table.n_rows, rows, weight)
    names = tuple(dict.fromkeys(name for terms in formulas.values() for name in terms.variables))
    distinct = dict.fromkeys(term.names for terms in formulas.values() for term in terms.deep)
    places = {each: j for j, each in enumerate(distinct)}
    groups = tuple((each, learn_schema(_part(table, each), rows, weight)) for each in distinct)
    parameters = {}
    for parameter, terms in formulas.items():
        structured = learn_structured_design(terms.structured, table, repeated)
        matrix = structured.design(table, strict=False)[:, int(structured.has_intercept) :]
        center, scale = _standardisation(matrix, rows, weight, structured.has_intercept)
        deep = tuple((term.label, places[term.names]) for term in terms.deep)
        parameters[parameter] = ParameterDesign(structured, center, scale, deep)
    return FormulaDesign(names, parameters, groups)


def _standardisation(
    matrix: NDArray[np.float64], rows: Any, weight: Any, centred: bool
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    if matrix.shape[1] == 0:
        return (), ()
    mean, deviation, _ = moments(matrix, rows, weight)
    if centred:
        return tuple(mean.tolist()), tuple(deviation.tolist())
    # Without an intercept a centre would change the model: columns are only divided by their root mean square.
    return (0.0,) * len(mean), tuple(np.hypot(mean, deviation).tolist())


def _part(table: Table, names: tuple[str, ...]) -> Table:
    """Return some columns of a table."""
    columns = tuple(table.column(place_of(table, name)) for name in names)
    return Table(table.n_rows, len(names), names, columns=columns)
