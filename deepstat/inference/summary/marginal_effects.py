"""Average marginal effects of all columns at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from scipy import sparse
from sklearn.utils import _safe_indexing

from deepstat.data.table import check_table
from deepstat.formula.formula_design import FormulaDesign
from deepstat.inference.columns import column_numbers, take_column, with_values
from deepstat.inference.statistics.average_derivative import average_derivative
from deepstat.inference.statistics.contrast import contrast
from deepstat.inference.summary.response import Response, response

# Categories of more levels (names, codes of places) would fill pages.
MOST_LEVELS = 20
Array = np.ndarray
Statistic = Callable[[Any], Array]


class MarginalEffects(NamedTuple):
    """Average marginal effects, as a statistic.

    Attributes
    ----------
    labels : list of str
    values : ndarray
        The effects of the fit.
    statistic : callable
        ``statistic(fitted) -> ndarray``, an entry for each label, of another fit.
    words : str
        What they are the effects on.
    left_out : list of str
        Columns without an effect, with the reason; or, in a sentence, why there are none at all.
    """

    labels: list[str]
    values: Array
    statistic: Statistic
    words: str
    left_out: list[str]


def marginal_effects(estimator: Any, X: Any, sample_weight: Any = None) -> MarginalEffects:
    """Return the average marginal effects of a fit's columns over given rows, and the statistic for other fits.

    Of numbers: derivatives averaged, by central differences. Of two values, whole numbers and categories (in a formula:
    of columns inside ``C()``): finite contrasts. See :func:`deepstat.inference.average_derivative`.

    Parameters
    ----------
    estimator : fitted deep estimator
    X : array of shape (n, p) or data frame
    sample_weight : array-like of shape (n,) or None
        Frequencies in whole numbers.

    Examples
    --------
    >>> from deepstat import DeepRegressor
    >>> X = np.array([[0.0, 1.5], [1.0, 2.0], [0.0, 2.5], [1.0, 4.5]])
    >>> model = DeepRegressor(architecture="linear", max_epochs=5, random_state=0).fit(X, X @ [2.0, 3.0])
    >>> effects = marginal_effects(model, X)
    >>> effects.labels, effects.values.shape
    (['x0: 1 against 0', 'x1: per unit'], (2,))
    """
    of, reason = response(estimator), ""
    weight = None if sample_weight is None else np.asarray(sample_weight, dtype=np.float64)
    if sparse.issparse(X):
        reason = "Marginal effects need a dense table, whose columns can be changed."
    elif weight is not None and (weight % 1).any():
        reason = "Marginal effects are averages over rows, of which there can only be whole numbers: weights are not."
    reason = of.reason or reason
    if reason:
        return MarginalEffects([], np.zeros(0), partial(_joined, [], of), of.words, [reason])
    X = X if hasattr(X, "columns") else np.asarray(X)
    if weight is not None:
        X = _safe_indexing(X, np.repeat(np.arange(len(weight)), weight.astype(np.intp)))
    table = check_table(X)
    names = estimator.schema_.feature_names or [table.name(j) for j in range(table.n_columns)]
    numbers = column_numbers(X, list(names)) if table.names else range(len(names))
    coded = _coded(estimator.schema_)
    labels, values, statistics, left_out = [], [], [], []
    for name, number in zip(names, numbers, strict=True):
        kind = table.column(number).kind
        column = take_column(X, number)
        changes = _changes(column, name in coded) if kind not in ("datetime", "empty") else []
        if not changes:
            what = {"datetime": "dates", "empty": "no values"}.get(kind, "one value only")
            left_out.append(f"{name} ({what})")
        elif len(changes) >= MOST_LEVELS:
            left_out.append(f"{name} ({len(changes) + 1} levels)")
        else:
            of_column = [_of_levels(X, number, column) if name in coded else average_derivative(X, number)]
            try:
                values.append(_joined(of_column, of, estimator))
            except ValueError as error:  # a step out of the domain of log(), or of the levels of a formula
                left_out.append(f"{name} (it cannot be changed: {error})")
                continue
            labels += [_label(name, change, output) for change in changes for output in of.outputs]
            statistics += of_column
    found = np.concatenate(values) if values else np.zeros(0)
    return MarginalEffects(labels, found, partial(_joined, statistics, of), of.words, left_out)


def _coded(schema: Any) -> frozenset[str]:
    """Return the columns whose values a formula takes as levels."""
    if not isinstance(schema, FormulaDesign):
        return frozenset()
    factors = [factor for own in schema.parameters.values() for factor in own.structured.factors.values()]
    return frozenset(
        name for factor in factors if factor.levels is not None for name in factor.expression.names
    )


def _changes(values: Array, coded: bool) -> list[str]:
    """Return the changes made to a column, in words; none of a constant."""
    levels = _levels(values)
    if len(levels) < 2:
        return []
    if coded or levels.dtype.kind not in "biuf" or len(levels) == 2:
        words = [f"{level:g}" if levels.dtype.kind in "iuf" else str(level) for level in levels]
        return [f"{word} against {words[0]}" for word in words[1:]]
    return ["one more" if levels.dtype.kind in "iu" else "per unit"]


def _levels(values: Array) -> Array:
    present = np.array([value is not None and value == value for value in values.tolist()])
    values = values[present]
    return np.unique(values.astype(str) if values.dtype.kind == "O" else values)


def _of_levels(X: Any, number: int, values: Array) -> Statistic:
    """Return the contrasts of each level with the first, in every row."""
    tables = [with_values(X, number, np.full(len(values), level)) for level in _levels(values)]
    return partial(_contrasts, [contrast(table, tables[0], average=True) for table in tables[1:]])


def _contrasts(statistics: Sequence[Statistic], fitted: Any) -> Array:
    return np.stack([statistic(fitted) for statistic in statistics])


def _label(name: str, change: str, output: str) -> str:
    return f"{name}: {change}" + (f" [{output}]" if output else "")


def _joined(statistics: Sequence[Statistic], of: Response, fitted: Any) -> Array:
    """Return all effects, output by output within each change."""
    parts = []
    for statistic in statistics:
        effects = np.asarray(statistic(of.seen(fitted)))
        effects = effects if len(of.outputs) > 1 or of.first else effects[..., None]
        parts.append(effects[..., of.first :].ravel())
    return np.concatenate(parts) if parts else np.zeros(0)
