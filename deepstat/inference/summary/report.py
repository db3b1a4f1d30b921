"""The report of any fit of a deep estimator."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from sklearn.utils.validation import check_is_fitted

from deepstat.errors import suggest
from deepstat.estimators.classical.mode import is_classical
from deepstat.estimators.formula_network import formulas_of
from deepstat.estimators.tasks.quantiles import check_levels
from deepstat.inference.bootstrap import bootstrap
from deepstat.inference.partially_linear import partially_linear
from deepstat.inference.summary.deep_report import deep_report
from deepstat.inference.summary.structured_part import structured_part
from deepstat.inference.summary.tables import summary_class
from deepstat.inference.summary.why_no_standard_error import why_no_standard_error

# What the report itself gives to the functions that its options are passed to.
OWN = {
    bootstrap: (
        "estimator",
        "X",
        "y",
        "statistic",
        "n_draws",
        "sample_weight",
        "level",
        "method",
        "out_of_bag",
    ),
    partially_linear: ("y", "D", "Z", "family", "link", "sample_weight", "level"),
}


# Of both, and of cross-validation.
SHARED = ("clusters", "random_state", "n_jobs")


def report(
    estimator: Any,
    X: Any = None,
    y: Any = None,
    *,
    sample_weight: Any = None,
    level: float = 0.95,
    n_resamples: int = 0,
    **options: Any,
) -> Any:
    """Return what there is to say of a fit, as ``estimator.summary(...)`` does.

    Parameters
    ----------
    estimator : fitted deep estimator
    X, y, sample_weight : table, array-like or None
        See :meth:`deepstat.DeepRegressor.summary`.
    level : float
    n_resamples : int
    **options

    Returns
    -------
    statsmodels.iolib.summary.Summary

    Raises
    ------
    ImportError
        statsmodels is not installed.
    ValueError, TypeError
        Something given does not fit to this kind of fit.

    Examples
    --------
    >>> from deepstat import DeepRegressor
    >>> X, y = [[0.0], [1.0], [2.0], [3.0]], [0.0, 1.0, 2.0, 3.1]
    >>> model = DeepRegressor(architecture="linear", optimizer="newton").fit(X, y)
    >>> print(report(model).tables[1])
    ==============================================================================
                     coef    std err          t      P>|t|      [0.025      0.975]
    ------------------------------------------------------------------------------
    Intercept     -0.0200      0.032     -0.617      0.600      -0.159       0.119
    x0             1.0300      0.017     59.467      0.000       0.955       1.105
    ==============================================================================
    """
    check_is_fitted(estimator, "members_")
    summary_class()
    if not 0.0 < level < 1.0:
        raise ValueError(f"level={level!r} is no probability: give a number between 0 and 1, such as 0.95.")
    if is_classical(estimator._recipe):
        if any(given is not None for given in (X, y, sample_weight)):
            raise ValueError(
                "The report of a classical fit is about the rows of the fit: leave X, y and sample_weight out."
            )
        if n_resamples:  # of covariance="bootstrap"
            options["n_resamples"] = n_resamples
        return classical_report(estimator, level, **options)
    y = _target(estimator, X, y)
    if X is None and (y is not None or sample_weight is not None):
        raise ValueError("summary() was given y or sample_weight without X: give X too.")
    if n_resamples and y is None:
        raise ValueError(
            f"n_resamples={n_resamples!r} refits on resampled rows: give X and y, the rows of the fit."
        )
    formula = estimator._recipe["formula"] is not None
    estimates = formula and y is not None and not why_no_standard_error(estimator)
    into = [function for function, used in ((partially_linear, estimates), (bootstrap, n_resamples)) if used]
    given = _options(into, {"random_state": estimator.random_state, **options} if into else options)
    tables, notes = [], []
    if formula:
        of_score = given.get(partially_linear, {})
        found = structured_part(estimator, X, y, sample_weight=sample_weight, level=level, **of_score)
        tables, notes = found.tables, found.notes
    shared = {name: own for name, own in given.get(partially_linear, {}).items() if name in SHARED}
    return deep_report(
        estimator,
        X,
        y,
        sample_weight=sample_weight,
        level=level,
        n_resamples=n_resamples,
        tables=tables,
        notes=notes,
        refitted=estimates,
        **given.get(bootstrap, shared),
    )


def classical_report(estimator: Any, level: float, **options: Any) -> Any:
    """Return the report of a classical fit; of several curves or outputs one after the other.

    Parameters
    ----------
    estimator : estimator fitted by a classical solver
    level : float
        Of the intervals.
    **options
        Of its ``inference``.
    """
    choice = estimator._evidence.choice
    if choice is None or choice.name in options:
        return estimator.inference(**options).summary(level)
    asked = estimator._recipe.get(f"{choice.name}s")
    values = choice.values if asked is None else check_levels(f"{choice.name}s", asked)
    first, *others = (estimator.inference(**{choice.name: own}, **options).summary(level) for own in values)
    for other in others:
        first.tables += other.tables
    return first


def _target(estimator: Any, X: Any, y: Any) -> Any:
    """Return y; or the left side of the formula, where X has its columns."""
    if y is not None or X is None or estimator._recipe["formula"] is None:
        return y
    formulas = formulas_of(estimator._recipe, estimator._resolved())
    names = {name for each in formulas.left for name in each.names}
    return formulas.target(X) if names and names <= set(getattr(X, "columns", ())) else None


def _options(
    functions: list[Callable[..., Any]], options: dict[str, Any]
) -> dict[Callable[..., Any], dict[str, Any]]:
    """Share options out among the functions that take them."""
    taken = {
        each: [n for n in inspect.signature(each).parameters if n not in OWN[each]] for each in functions
    }
    known = sorted({name for names in taken.values() for name in names})
    for name in options:
        if name not in known:
            allowed = (
                f"its options are {', '.join(known)}"
                if known
                else "those of a bootstrap need n_resamples, X, y"
            )
            raise TypeError(f"This report has no option {name!r}: {allowed}.{suggest(name, known)}")
    return {each: {name: options[name] for name in names if name in options} for each, names in taken.items()}
