"""Distributions: the network puts out the parameters of a family; its negative log-likelihood is minimised."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from deepstat.data.regression_target import RegressionTarget, learn_regression_target
from deepstat.data.tensors import TensorTable
from deepstat.distributions.family import Family
from deepstat.distributions.marginal_fit import marginal_fit
from deepstat.distributions.negative_log_likelihood import NegativeLogLikelihood
from deepstat.estimators.components import Resolved
from deepstat.estimators.families import family_for, resolve_distribution
from deepstat.estimators.targets import learn_scale
from deepstat.estimators.task import Task
from deepstat.training.plan import Objective


def _resolve(parameters: Mapping[str, Any]) -> Resolved:
    resolved = resolve_distribution(parameters["distribution"], parameters["distribution_params"])
    own = {"constant": parameters["constant"], "nll_beta": float(parameters["nll_beta"])}
    return replace(resolved, options={**resolved.options, **own})


def family_of_target(resolved: Resolved, target: RegressionTarget) -> Family:
    """Return the family for a target as learned."""
    return family_for(resolved, target.n_outputs, len(target.levels))


def _learn_target(
    resolved: Resolved, estimator: Any, y: Any, classes: Any, rows: np.ndarray
) -> RegressionTarget:
    shape = np.asarray(y).shape
    columns = shape[1] if len(shape) == 2 else 1
    record = family_for(resolved, columns, 2).record
    name = f"{type(estimator).__name__}(distribution={record.name!r})"
    if record.columns not in (None, columns):
        raise ValueError(
            f"y has {columns} column(s), but distribution={record.name!r} describes {record.columns}: give as many, or "
            "choose another distribution (multivariate_normal for several numbers)."
        )
    return learn_regression_target(y, domain=record.domain, rescale=False, estimator_name=name)


def _learn_scale(
    resolved: Resolved, target: RegressionTarget, y: Any, rows: np.ndarray, weight: Any
) -> RegressionTarget:
    return learn_scale(target, y, rows, weight, family_of_target(resolved, target).record)


def _sizes(resolved: Resolved, target: RegressionTarget) -> tuple[int, int]:
    family = family_of_target(resolved, target)
    return family.n_row, family.n_constant


def _start(resolved: Resolved, target: RegressionTarget, table: TensorTable, rows: np.ndarray) -> np.ndarray:
    """Start every row at the marginal fit."""
    family = family_of_target(resolved, target)
    chosen = torch.as_tensor(np.ascontiguousarray(rows), dtype=torch.int64, device=table.y.device)
    weight = None if table.weight is None else table.weight[chosen].double().cpu()
    limits = _standardised(family, target)
    return marginal_fit(family, table.y[chosen].double().cpu(), weight, limits)


def _standardised(family: Family, target: RegressionTarget) -> dict[str, float]:
    """Return limits on the axis of the target as trained on."""
    return {
        name: (float(value) - target.center[0]) / target.scale[0]
        for name, value in family.limits.items()
        if value is not None
    }


def _objective(resolved: Resolved, target: RegressionTarget) -> Objective:
    family = family_of_target(resolved, target)
    loss = NegativeLogLikelihood(family, resolved.options["nll_beta"])
    return Objective(loss=loss, options=_standardised(family, target))


DISTRIBUTION = Task(
    name="distribution",
    recipe=("distribution", "distribution_params", "constant", "nll_beta"),
    components={"distribution": "distribution"},
    resolve=_resolve,
    learn_target=_learn_target,
    learn_scale=_learn_scale,
    sizes=_sizes,
    start=_start,
    objective=_objective,
)
