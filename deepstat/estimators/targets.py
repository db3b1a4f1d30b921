"""What a fit learns of the target: classes, scale, and the weights of classes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from sklearn.utils import check_consistent_length

from deepstat.data.class_target import ClassTarget, learn_class_target
from deepstat.data.class_weight import class_weights
from deepstat.data.regression_target import RegressionTarget, learn_regression_target
from deepstat.data.tensors import TensorTable


def y_of(y: Any, rows: np.ndarray) -> Any:
    """Return the rows of y that count: those of weight zero are as good as absent."""
    array = np.asarray(y)
    return array if len(rows) == len(array) else array[rows]


def check_length(estimator: Any, y: Any, n_rows: int) -> None:
    """Raise unless there is a target with one entry for each row."""
    if y is None:
        raise ValueError(f"{type(estimator).__name__} requires y to be passed, but the target y is None.")
    check_consistent_length(range(n_rows), y)


def learn_classes(estimator: Any, y: Any, rows: np.ndarray, classes: Any) -> ClassTarget:
    """Learn the classes of the rows that count, or take those given."""
    labels = y_of(y, rows) if classes is None else np.unique(classes)
    return learn_class_target(labels, estimator_name=type(estimator).__name__)


def learn_scale(
    target: RegressionTarget, y: Any, training: np.ndarray, weight: Any, record: Any
) -> RegressionTarget:
    """Learn centre and scale from training rows; only a scale where the record says so, or has a log link."""
    by_scale = record.rescale == "scale" or getattr(record, "link", "") == "exp"
    if record.rescale in (False, "none"):
        return target
    values = np.asarray(y)
    if target.is_vector:
        values = values.reshape(-1)  # a single column was told of once
    learned = learn_regression_target(values, training, weight, domain=record.domain, rescale=True)
    if by_scale:
        mean = [value if value > 0 else 1.0 for value in learned.center]
        learned = replace(learned, center=(0.0,) * len(mean), scale=tuple(mean))
    return replace(learned, is_vector=target.is_vector)


def weigh_classes(
    estimator: Any, target: Any, y: np.ndarray, rows: np.ndarray, weight: Any
) -> tuple[np.ndarray, Any, np.ndarray | None]:
    """Multiply row weights by class weights; return targets, weights and the weight of each class.

    A soft target counts as parts of a row, each with the weight of its class.
    """
    given = getattr(estimator, "class_weight", None)
    params = getattr(estimator, "class_weight_params", None)
    if given is None and not params:
        return y, weight, None
    onehot = np.column_stack([1 - y, y]) if y.shape[1] == 1 else y
    own = np.ones(len(rows)) if weight is None else weight[rows]
    counts = (onehot[rows] * own[:, None]).sum(axis=0)
    per_class = class_weights(given, params, target.classes_, counts)
    by_row = onehot @ per_class
    if target.is_soft:
        onehot[rows] *= per_class / by_row[rows, None]
        y = onehot[:, 1:] if y.shape[1] == 1 else onehot
    return y, (by_row if weight is None else by_row * weight), per_class


def starting_point(table: TensorTable, rows: np.ndarray) -> np.ndarray:
    """Return (k,) raw outputs whose probabilities are the weighted class frequencies of the rows given."""
    y = table.y.cpu().numpy()[rows].astype(np.float64)
    share = np.average(y, axis=0, weights=None if table.weight is None else table.weight.cpu().numpy()[rows])
    share = np.clip(share, 1e-6, 1 - 1e-6)
    return np.log(share) - (np.log1p(-share) if len(share) == 1 else np.log(share).mean())
