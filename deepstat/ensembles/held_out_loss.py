"""The loss of an ensemble's prediction on held-out rows, by which members are selected."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from deepstat.data.class_target import ClassTarget
from deepstat.estimators.objectives import objective_of
from deepstat.estimators.settings import target_unit
from deepstat.estimators.tasks import TASKS
from deepstat.losses.scales import huber_scale, mad
from deepstat.training.objective import mean_loss

Measure = Callable[[NDArray[np.float64]], float]
SMALLEST = np.finfo(np.float64).tiny


def log_loss(target: ClassTarget, y: Any, weight: NDArray[Any] | None) -> Measure:
    """Return the weighted mean log-loss of probabilities (n, n_classes) against labels or soft targets.

    Examples
    --------
    >>> measure = log_loss(ClassTarget(("a", "b"), "<U1"), ["b", "a"], None)
    >>> round(measure(np.array([[0.5, 0.5], [0.8, 0.2]])), 4)  # (log 2 - log 0.8) / 2
    0.4581
    """
    truth = target.encode(y)
    truth = np.column_stack([1 - truth, truth]) if truth.shape[1] == 1 else truth

    def measure(p: NDArray[np.float64]) -> float:
        return float(-np.average((truth * np.log(np.maximum(p, SMALLEST))).sum(axis=1), weights=weight))

    return measure


def own_loss(
    estimator: Any, members: list[Any], mean: NDArray[np.float64], y: Any, weight: NDArray[Any] | None
) -> Measure:
    """Return the regression loss that the estimator is trained on, as a function of a prediction (n,) or (n, k).

    Measured on the target's scale as the first member learned it. Where the loss is in residual scales, these are of
    the residuals of the members' mean; constants that were trained with the network are medians over members.

    Parameters
    ----------
    estimator : DeepRegressor
    members : list of fitted estimators
    mean : ndarray of shape (n,) or (n, k)
        Equally weighted mean of the members' predictions.
    y : array-like of shape (n,) or (n, k)
    weight : ndarray of shape (n,) or None
    """
    loss = TASKS["regression"].resolve({"loss": estimator.loss, "loss_params": estimator.loss_params})
    target = members[0].target_
    objective = objective_of(loss, target)
    truth = torch.from_numpy(target.encode(y))
    per_row = None if weight is None else torch.from_numpy(weight / weight.mean())

    def raw_of(prediction: NDArray[np.float64]) -> torch.Tensor:
        matrix = prediction.reshape(len(prediction), -1)
        if loss.record.link == "exp":  # type: ignore[attr-defined]
            matrix = np.log(np.maximum(matrix, SMALLEST))
            return torch.from_numpy(matrix - np.log(target.scale))
        return torch.from_numpy((matrix - np.array(target.center)) / np.array(target.scale))

    unit = float(np.mean(target_unit(target)))
    constants = {}
    for constant in objective.constants:
        found = np.concatenate([member.constants_[constant.name] for member in members])
        value = np.median(found) / (unit if constant.in_target_units else 1.0)
        constants[constant.name] = torch.tensor(value, dtype=torch.float64)
    scale = None
    if isinstance(objective.scale, str):
        scale = (mad if objective.scale == "mad" else huber_scale)(truth - raw_of(mean), per_row).clamp(
            min=1e-3
        )
    elif objective.scale is not None:
        scale = torch.tensor(objective.scale, dtype=torch.float64)

    def measure(prediction: NDArray[np.float64]) -> float:
        return float(mean_loss(objective, raw_of(prediction), truth, per_row, constants, scale))

    return measure
