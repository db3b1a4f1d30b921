"""``finish_fit``: from the results of training to fitted attributes, all at once."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from deepstat.data.class_target import ClassTarget
from deepstat.estimators.defaults import architecture_of
from deepstat.estimators.formula_effects import project
from deepstat.estimators.plan import Draft
from deepstat.estimators.settings import target_unit
from deepstat.training.layout import Layout
from deepstat.training.plan import MemberState, TrainResult
from deepstat.training.population import settle

# Parameters as they were in the fit: set_params between fit and predict changes the next fit alone.
RECIPE = ("architecture", "architecture_params", "optimizer", "formula", "terms")


def finish_fit(estimator: Any, draft: Draft, results: list[TrainResult]) -> Any:
    """Set the fitted attributes, all at once; warn of members whose loss became NaN; return the estimator."""
    for member, result in enumerate(results):
        if result.stopped == "nan":
            which = f"Member {member}" if len(results) > 1 else "The fit"
            warnings.warn(
                f"{which} stopped in epoch {len(result.history)} because its loss became NaN or infinite; it keeps its "
                "last good weights. Try a smaller learning_rate, or clip=1.0.",
                ConvergenceWarning,
                stacklevel=3,
            )
    fitted = object.__new__(type(estimator))  # what fails below leaves the estimator as it was
    vars(fitted).update(vars(estimator))
    fitted.schemas_ = draft.schemas
    fitted.targets_ = draft.targets
    if isinstance(draft.targets[0], ClassTarget):
        fitted.classes_ = draft.targets[0].classes_
    fitted.n_features_in_ = len(draft.schemas[0].columns)
    if draft.schemas[0].feature_names is not None:
        fitted.feature_names_in_ = np.array(draft.schemas[0].feature_names, dtype=object)
    elif hasattr(fitted, "feature_names_in_"):
        del fitted.feature_names_in_
    fitted.n_outputs_ = draft.n_outputs
    fitted.class_weight_ = draft.class_weight
    fitted.n_iter_ = max(len(result.history) for result in results)
    fitted.n_steps_ = max(result.state.n_steps for result in results)
    fitted.n_rows_ = [(len(plan.rows), _count(plan.validation_rows)) for plan in draft.plans]
    fitted.history_ = [
        {"member": member, **entry} for member, result in enumerate(results) for entry in result.history
    ]
    states = [result.state for result in results]
    fitted.members_ = [
        MemberState.from_tensors({name: t.cpu() for name, t in state.tensors().items()}, state.n_steps)
        for state in states
    ]
    fitted.best_epochs_ = [result.best_epoch for result in results]
    fitted.constants_ = _constants(draft, results)
    recipe = (*RECIPE, *draft.settings.task.recipe)
    fitted._recipe = {name: getattr(fitted, name) for name in recipe}
    fitted._recipe["architecture"] = architecture_of(vars(fitted), fitted._task)
    fitted._networks = [settle(plan.network, state) for plan, state in zip(draft.plans, states, strict=True)]
    fitted._projections = []
    if draft.settings.formulas is not None:
        fitted._projections = [
            project(plan, network, schema)
            for plan, network, schema in zip(draft.plans, fitted._networks, draft.schemas, strict=True)
        ]
    vars(estimator).clear()
    vars(estimator).update(vars(fitted))
    return estimator


def _count(rows: Any) -> int:
    return 0 if rows is None else len(rows)


def _constants(draft: Draft, results: list[TrainResult]) -> dict[str, np.ndarray]:
    """Return the trained constants of each member, lengths in units of the target."""
    constants = draft.plans[0].objective.constants
    layout = Layout.of(draft.plans[0].network, constants)
    found = [layout.constant_values(result.state.flat) for result in results]
    units = np.array([float(np.mean(target_unit(target))) for target in draft.targets])
    return {
        constant.name: np.array([float(values[constant.name]) for values in found])
        * (units if constant.in_target_units else 1.0)
        for constant in constants
    }
