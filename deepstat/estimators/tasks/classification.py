"""Classification: one network output for each class, or one for two classes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from deepstat.data.class_target import ClassTarget
from deepstat.data.tensors import TensorTable
from deepstat.estimators.components import Resolved, resolve_loss
from deepstat.estimators.objectives import objective_of
from deepstat.estimators.raw_outputs import RawOutputs
from deepstat.estimators.targets import learn_classes, starting_point
from deepstat.estimators.task import Task


def _resolve(parameters: Mapping[str, Any]) -> Resolved:
    loss = "cross_entropy" if parameters["loss"] == "auto" else parameters["loss"]
    return resolve_loss(loss, parameters["loss_params"], "classification")


def _learn_target(loss: Resolved, estimator: Any, y: Any, classes: Any, rows: np.ndarray) -> ClassTarget:
    return learn_classes(estimator, y, rows, classes)


def _keep_scale(loss: Resolved, target: ClassTarget, y: Any, rows: np.ndarray, weight: Any) -> ClassTarget:
    return target


def _sizes(loss: Resolved, target: ClassTarget) -> tuple[int, int]:
    return target.n_outputs, 0


def _start(loss: Resolved, target: ClassTarget, table: TensorTable, rows: np.ndarray) -> np.ndarray | None:
    """Start at the classes' log-odds, where the loss has probabilities."""
    has_probabilities = loss.record.probabilities != "none"  # type: ignore[attr-defined]
    return starting_point(table, rows) if has_probabilities else None


def _raw_outputs(loss: Resolved, target: ClassTarget) -> tuple[RawOutputs, ...]:
    return (RawOutputs.plain(target.classes_ if target.n_outputs > 1 else target.classes_[1:]),)


CLASSIFICATION = Task(
    name="classification",
    recipe=("loss", "loss_params"),
    components={"loss": "loss"},
    resolve=_resolve,
    learn_target=_learn_target,
    learn_scale=_keep_scale,
    sizes=_sizes,
    start=_start,
    objective=objective_of,
    raw_outputs=_raw_outputs,
    stratifies=True,
)
