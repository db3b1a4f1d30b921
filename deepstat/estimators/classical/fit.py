"""Fit a classical model, or one for each of many draws of rows at once, into an estimator's fitted state."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from sklearn.base import BaseEstimator, clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.validation import validate_data
from torch import Tensor

from deepstat.data.class_target import ClassTarget
from deepstat.estimators.classical.evidence import Evidence
from deepstat.estimators.classical.linear_layout import linear_layout
from deepstat.estimators.classical.mode import check_mode, check_options
from deepstat.estimators.classical.models import Solved, model_of
from deepstat.estimators.classical.rows import Rows, rows_of
from deepstat.estimators.draw import Draw
from deepstat.estimators.families import family_for
from deepstat.estimators.finish import RECIPE
from deepstat.estimators.formula_network import check_formula
from deepstat.estimators.tasks import TASKS
from deepstat.training.layout import Layout
from deepstat.training.plan import MemberState

_LOST = "classes that a column separates, a likelihood without a maximum, or max_iter too small"


def fit_classical(estimator: Any, X: Any, y: Any, sample_weight: Any = None, **vectors: Any) -> Any:
    """Fit in place and return the estimator; nothing is changed where something is wrong.

    Parameters
    ----------
    estimator : estimator with a classical solver as its optimizer
    X, y, sample_weight : as given to fit
    **vectors : array-like of shape (n,)
        ``var_weights``, ``offset``.

    Warns
    -----
    ConvergenceWarning
        The solver found no optimum.
    UserWarning
        Columns that depend on others were left out.
    """
    recipe, rows, solved = _solve(estimator, X, y, sample_weight, [Draw()], **vectors)
    if not bool(solved.converged[0]):
        warnings.warn(
            f"{type(estimator).__name__}: the {estimator.optimizer} solver did not converge ({_LOST}): do not "
            "use its standard errors.",
            ConvergenceWarning,
            stacklevel=4,
        )
    (fitted,) = _fitted([estimator], recipe, rows, solved)
    vars(estimator).clear()
    vars(estimator).update(vars(fitted))
    return estimator


def refit_classical(
    estimator: Any, X: Any, y: Any, draws: Sequence[Draw], sample_weight: Any = None
) -> list[Any]:
    """Return a fitted clone of the estimator for each draw; all are solved as one computation.

    A draw's rows are frequencies of the table's rows; categories are those of all rows. Seeds and groups change
    nothing.

    Warns
    -----
    ConvergenceWarning
        Once, with the number of refits that found no optimum.
    """
    if any(draw.params for draw in draws):
        found = []
        for draw in draws:
            own = clone(estimator).set_params(**(draw.params or {}))
            alone = Draw(rows=draw.rows, weight=draw.weight, y=draw.y)
            found += refit_classical(own, X, y, [alone], sample_weight)
        return found
    recipe, rows, solved = _solve(estimator, X, y, sample_weight, draws)
    if failed := int((~solved.converged).sum()):
        warnings.warn(
            f"{failed} of {len(draws)} refits of {type(estimator).__name__} did not converge (rows drawn that "
            f"leave columns dependent; {_LOST}): their coefficients are NaN, or where the solver stopped.",
            ConvergenceWarning,
            stacklevel=3,
        )
    return _fitted([clone(estimator) for _ in draws], recipe, rows, solved)


def _solve(
    estimator: Any, X: Any, y: Any, sample_weight: Any, draws: Sequence[Draw], **vectors: Any
) -> tuple[dict[str, Any], Rows, Solved]:
    estimator._validate_params()
    check_mode(estimator)
    task = TASKS[estimator._task]
    recipe = recipe_of(estimator, y)
    resolved = task.resolve(recipe)
    formulas = check_formula(recipe, resolved)
    if formulas is not None:
        if formulas.deep:
            raise ValueError(
                f"formula={estimator.formula!r} has {', '.join(formulas.deep)}, which no classical solver fits: leave "
                "deep terms out, or choose an optimizer of networks, such as 'adam'."
            )
        X, y = formulas.split(X, y)
    rows = rows_of(estimator, task, resolved, X, y, sample_weight, draws, formulas=formulas, **vectors)
    model = model_of(estimator, resolved, rows.target)
    if estimator.optimizer not in model.solvers:
        raise ValueError(
            f"optimizer={estimator.optimizer!r} does not fit this model: choose "
            f"{' or '.join(map(repr, model.solvers))}."
        )
    options = check_options(estimator, model.options)
    for name in vectors:
        if name not in model.vectors:
            raise ValueError(f"{name} means nothing to this model: leave it out.")
    validate_data(BaseEstimator(), X, skip_check_array=True)  # names of columns, on an object thrown away
    return recipe, rows, model.solve(rows, options)


def recipe_of(estimator: Any, y: Any) -> dict[str, Any]:
    """Return the parameters that predictions go by, with what the classical mode means by them.

    Parameters of a distribution but the first are constants unless asked for; curves are lines and may cross.
    """
    task = TASKS[estimator._task]
    recipe = {name: getattr(estimator, name) for name in (*RECIPE, *task.recipe)}
    if recipe.get("crossing") == "none":
        raise ValueError(
            "crossing='none' bends the lines, and a classical solver fits straight ones, each by itself: leave it at "
            "'auto', or choose an optimizer of networks."
        )
    if "crossing" in recipe:
        recipe["crossing"] = "allow"
    if "constant" in recipe and recipe["constant"] is None and recipe["formula"] is None:
        shape = np.asarray(y).shape
        family = family_for(task.resolve(recipe), shape[1] if len(shape) == 2 else 1, 2)
        varying = family.row_parameters[0]
        recipe["constant"] = tuple(p.name for p in family.parameters if p is not varying)
    return recipe


def _fitted(estimators: Sequence[Any], recipe: dict[str, Any], rows: Rows, solved: Solved) -> list[Any]:
    """Return each member's estimator with fitted state: a linear network whose weights are the coefficients."""
    task = TASKS[estimators[0]._task]
    n_outputs, n_constants = task.sizes(task.resolve(recipe), rows.target)
    layout = linear_layout(rows.design.n_numeric, n_outputs, n_constants)
    found = []
    for member, estimator in enumerate(estimators):
        fitted = object.__new__(type(estimator))
        vars(fitted).update(
            {name: value for name, value in vars(estimator).items() if not name.endswith("_")}
        )
        fitted.schemas_ = [rows.design]
        fitted.targets_ = [rows.target]
        if isinstance(rows.target, ClassTarget):
            fitted.classes_ = rows.target.classes_
        fitted.n_features_in_ = len(rows.design.columns)
        if rows.design.feature_names is not None:
            fitted.feature_names_in_ = np.array(rows.design.feature_names, dtype=object)
        fitted.n_outputs_ = n_outputs
        fitted.class_weight_ = None if rows.class_weight is None else rows.class_weight[member]
        fitted.n_iter_ = int(solved.n_iter[member])
        fitted.n_steps_ = fitted.n_iter_
        fitted.history_ = []
        fitted.best_epochs_ = [fitted.n_iter_]
        fitted.constants_ = {}
        fitted._recipe = recipe
        fitted._networks = []
        fitted._projections = []
        flat = _flat(layout, solved, member)
        fitted.members_ = [MemberState(flat=flat, buffers={}, n_steps=fitted.n_iter_)]
        fitted._evidence = Evidence(rows, solved, member, recipe["optimizer"])
        found.append(fitted)
    return found


def _flat(layout: Layout, solved: Solved, member: int) -> Tensor:
    flat = torch.zeros(layout.size, dtype=torch.float64)
    parts = {
        "weight": solved.weights[member],
        "bias": solved.bias[member],
        "constants": solved.constants[member],
    }
    for name, view in layout.views(flat).items():
        view.copy_(parts[name.rpartition(".")[2]])
    return flat
