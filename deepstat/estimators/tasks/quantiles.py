"""Quantiles and expectiles: one network output for each level."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from numbers import Real
from typing import Any

import numpy as np
import torch

from deepstat.data.regression_target import RegressionTarget, learn_regression_target
from deepstat.data.sample_level import sample_level
from deepstat.data.tensors import TensorTable
from deepstat.estimators.components import Resolved
from deepstat.estimators.raw_outputs import RawOutputs
from deepstat.estimators.targets import learn_scale
from deepstat.estimators.task import Task
from deepstat.losses.joint_curves import JointCurves
from deepstat.records import Loss
from deepstat.training.plan import Objective


def check_levels(name: str, given: Any) -> tuple[float, ...]:
    """Return levels as floats, in the order given; they must be different and lie in (0, 1).

    Examples
    --------
    >>> check_levels("quantiles", [0.9, 0.1])
    (0.9, 0.1)
    """
    values = [given] if isinstance(given, Real) else list(given)
    good = all(isinstance(value, Real) and 0 < value < 1 for value in values)
    if not values or not good or len(set(values)) < len(values):
        raise ValueError(
            f"{name}={given!r} must be different numbers strictly between 0 and 1, e.g. [0.1, 0.5, 0.9]."
        )
    return tuple(map(float, values))


def _resolve(parameters: Mapping[str, Any], kind: str) -> Resolved:
    name = f"{kind}s"
    # One half is always fitted: predict is the median (the mean, for expectiles).
    levels = tuple(sorted({*check_levels(name, parameters[name]), 0.5}))
    loss = JointCurves(levels, kind, parameters["crossing"] != "allow")  # type: ignore[arg-type]
    return Resolved(None, Loss(name=kind, target=loss), loss, {})


def _learn_target(
    resolved: Resolved, estimator: Any, y: Any, classes: Any, rows: np.ndarray
) -> RegressionTarget:
    target = learn_regression_target(y, rescale=False, estimator_name=type(estimator).__name__)
    if target.n_outputs > 1:
        raise ValueError(
            f"y has {target.n_outputs} columns, but {type(estimator).__name__} has one curve for each level of a "
            "single target: fit one estimator for each column."
        )
    return target


def _learn_scale(
    resolved: Resolved, target: RegressionTarget, y: Any, rows: np.ndarray, weight: Any
) -> RegressionTarget:
    return learn_scale(target, y, rows, weight, resolved.record)


def _sizes(resolved: Resolved, target: RegressionTarget) -> tuple[int, int]:
    return len(resolved.target.levels), 0


def _start(resolved: Resolved, target: RegressionTarget, table: TensorTable, rows: np.ndarray) -> np.ndarray:
    """Start at the quantiles (or expectiles) of the target."""
    y = table.y.cpu().numpy()[rows, 0].astype(np.float64)
    weight = np.ones(len(y)) if table.weight is None else table.weight.cpu().numpy()[rows].astype(np.float64)
    loss: JointCurves = resolved.target
    curves = [sample_level(y, weight, level, loss.kind) for level in loss.levels]
    return loss.raw_of(torch.tensor(curves, dtype=torch.float64)).numpy()


def _objective(resolved: Resolved, target: RegressionTarget) -> Objective:
    return Objective(loss=resolved.target)


def _raw_outputs(resolved: Resolved, target: RegressionTarget) -> tuple[RawOutputs, ...]:
    """Return a curve for each level; of ordered curves all but the middle one are gaps, not yet made positive."""
    loss: JointCurves = resolved.target
    is_curve = np.array([not loss.ordered or j == loss.anchor for j in range(len(loss.levels))])
    slope, shift = np.where(is_curve, target.scale[0], 1.0), np.where(is_curve, target.center[0], 0.0)
    return (RawOutputs("", tuple(map(str, loss.levels)), slope, shift),)


def _task(kind: str) -> Task:
    return Task(
        name=f"{kind}s",
        recipe=(f"{kind}s", "crossing"),
        components={},
        resolve=partial(_resolve, kind=kind),
        learn_target=_learn_target,
        learn_scale=_learn_scale,
        sizes=_sizes,
        start=_start,
        objective=_objective,
        raw_outputs=_raw_outputs,
    )


QUANTILES = _task("quantile")
EXPECTILES = _task("expectile")
