"""The report of a deep fit: settings, fit, marginal effects; without anything that only a theorem could give."""

from __future__ import annotations

from typing import Any

import numpy as np

from deepstat.inference.bootstrap import bootstrap
from deepstat.inference.summary.header import header
from deepstat.inference.summary.held_out_measures import held_out_measures
from deepstat.inference.summary.marginal_effects import MarginalEffects, marginal_effects
from deepstat.inference.summary.measures import measures
from deepstat.inference.summary.right_side import right_side
from deepstat.inference.summary.settings_in_words import settings_in_words
from deepstat.inference.summary.tables import notes_of, numbered, summary_class, two_columns

PLUG_IN = "plug-in: no standard error"
VARIABILITY = "bootstrap variability of the whole procedure, no confidence interval"


def deep_report(
    estimator: Any,
    X: Any = None,
    y: Any = None,
    *,
    sample_weight: Any = None,
    level: float = 0.95,
    n_resamples: int = 0,
    tables: Any = (),
    notes: Any = (),
    refitted: bool = False,
    **options: Any,
) -> Any:
    """Return the report of a fitted network.

    Parameters
    ----------
    estimator : fitted deep estimator
    X, y, sample_weight : table, array-like
        New rows, on which fit and effects are told. With `n_resamples`, or where `refitted`, the rows of the fit: the
        whole procedure is then refitted on resamples and folds of them.
    level : float
        Of the range of the draws.
    n_resamples : int
        Bootstrap draws; 0: none.
    tables, notes : sequence
        Further tables, after the head, and further notes.
    refitted : bool
        Tell the fit by cross-validation.
    **options
        Of :func:`deepstat.inference.bootstrap`.

    Returns
    -------
    statsmodels.iolib.summary.Summary

    Examples
    --------
    >>> from deepstat import DeepRegressor
    >>> X, y = [[0.0], [1.0], [2.0], [3.0]], [0.0, 1.0, 2.0, 3.0]
    >>> report = deep_report(DeepRegressor(max_epochs=2, random_state=0).fit(X, y), X, y)
    >>> [table.title for table in report.tables]
    ['DeepRegressor: report', 'Fit on the rows given', 'Average marginal effects (plug-in: no standard error)']
    """
    report = summary_class()()
    report.tables = [two_columns(f"{type(estimator).__name__}: report", *header(estimator)), *tables]
    remarks = [*_remarks(estimator), *notes]
    if X is not None and y is not None:
        if n_resamples or refitted:
            title = "Fit by cross-validation"
            remark = "The fit is that of five folds, each predicted by a fit without it."
            given = {
                name: options[name] for name in ("clusters", "random_state", "n_jobs") if name in options
            }
            found = held_out_measures(right_side(estimator), X, y, sample_weight, **given)
        else:
            title = "Fit on the rows given"
            remark = "It is an out-of-sample fit only if these rows took no part in the training, or in its choices."
            found = measures(estimator, X, y, sample_weight)
        values = [[measure.value] for measure in found]
        report.tables.append(numbered(title, ["value"], [measure.label for measure in found], values))
        remarks.append(remark)
    if X is not None:
        effects = marginal_effects(estimator, X, sample_weight)
        if effects.labels:
            report.tables.append(
                _effects(estimator, X, y, effects, sample_weight, level, n_resamples, options)
            )
            remarks += _on_effects(effects, n_resamples)
        if effects.left_out:
            remarks.append(_without(effects))
    report.add_extra_txt(notes_of(remarks))
    return report


def _remarks(estimator: Any) -> list[str]:
    remarks = [
        "Losses are means over rows and members on the scale of training, where numbers are standardised."
    ]
    if len(set(getattr(estimator, "n_rows_", []))) > 1:
        remarks.append("Rows are those of the first member.")
    formula = estimator._recipe["formula"]
    if formula is not None:
        parts = [formula] if isinstance(formula, str) else [f"{name}: {own}" for name, own in formula.items()]
        remarks.insert(0, f"Formula: {'; '.join(parts)}.")
    settings = settings_in_words(estimator)
    return [*remarks, f"Settings other than the defaults: {settings}."] if settings else remarks


def _effects(
    estimator: Any,
    X: Any,
    y: Any,
    effects: MarginalEffects,
    sample_weight: Any,
    level: float,
    n_resamples: int,
    options: dict[str, Any],
) -> Any:
    values = effects.values
    title = f"Average marginal effects ({PLUG_IN})"
    if not n_resamples:
        return numbered(title, ["effect"], effects.labels, values[:, None].tolist())
    options = {"n_draws": n_resamples, "sample_weight": sample_weight, "level": level, **options}
    result = bootstrap(right_side(estimator), X, y, effects.statistic, **options)
    low, high = result.interval(level, "percentile")
    columns = [values, result.standard_error, np.sqrt(result.seed_variance), low, high]
    headers = ["effect", "sd of draws", "sd of seeds", f"{50 * (1 - level):.3g}%", f"{50 * (1 + level):.3g}%"]
    return numbered(title, headers, effects.labels, np.column_stack(columns).tolist())


def _on_effects(effects: MarginalEffects, n_resamples: int) -> list[str]:
    remarks = [
        f"Effects on {effects.words}, averaged over the rows given: derivatives for numbers, differences for two "
        f"values, whole numbers and categories ({PLUG_IN}). The bias of a regularised fit is in them."
    ]
    if n_resamples:
        remarks.append(
            f"sd and percentiles of {n_resamples} refits on resampled rows, and sd over seeds on the same rows: "
            f"{VARIABILITY}."
        )
    return remarks


def _without(effects: MarginalEffects) -> str:
    if effects.labels:
        return f"Columns without an effect: {', '.join(effects.left_out)}."
    return (
        effects.left_out[0]
        if effects.left_out[0].endswith(".")
        else f"No effects: {', '.join(effects.left_out)}."
    )
