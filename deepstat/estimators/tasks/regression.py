"""Regression: one network output for each column of the target, under any loss."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from deepstat.data.regression_target import RegressionTarget, learn_regression_target
from deepstat.data.tensors import TensorTable
from deepstat.estimators.components import Resolved, resolve_loss
from deepstat.estimators.objectives import first_objective, objective_of
from deepstat.estimators.raw_outputs import RawOutputs, outputs_of_target
from deepstat.estimators.targets import learn_scale
from deepstat.estimators.task import Task


def _resolve(parameters: Mapping[str, Any]) -> Resolved:
    loss = "squared" if parameters["loss"] == "auto" else parameters["loss"]
    return resolve_loss(loss, parameters["loss_params"], "regression")


def _learn_target(loss: Resolved, estimator: Any, y: Any, classes: Any, rows: np.ndarray) -> RegressionTarget:
    domain = loss.record.domain  # type: ignore[attr-defined]
    return learn_regression_target(y, domain=domain, rescale=False, estimator_name=type(estimator).__name__)


def _learn_scale(
    loss: Resolved, target: RegressionTarget, y: Any, rows: np.ndarray, weight: Any
) -> RegressionTarget:
    return learn_scale(target, y, rows, weight, loss.record)


def _sizes(loss: Resolved, target: RegressionTarget) -> tuple[int, int]:
    return target.n_outputs, 0


def _start(loss: Resolved, target: Any, table: TensorTable, rows: np.ndarray) -> None:
    return None


def _raw_outputs(loss: Resolved, target: RegressionTarget) -> tuple[RawOutputs, ...]:
    return (outputs_of_target(target, log=loss.record.link == "exp"),)  # type: ignore[attr-defined]


REGRESSION = Task(
    name="regression",
    recipe=("loss", "loss_params"),
    components={"loss": "loss"},
    resolve=_resolve,
    learn_target=_learn_target,
    learn_scale=_learn_scale,
    sizes=_sizes,
    start=_start,
    objective=objective_of,
    raw_outputs=_raw_outputs,
    first_objective=first_objective,
)
