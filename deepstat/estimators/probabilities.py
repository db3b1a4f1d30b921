"""Probabilities as they are in the data, from those that a loss and class weights shaped."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from scipy.special import expit, ndtr, softmax

from deepstat.estimators.components import Resolved
from deepstat.records import Loss
from deepstat.registry import registry, resolve_target


def has_probabilities(loss: Any) -> bool:
    """Say whether a loss, by name or record, gives probabilities; an unknown name does until fit refuses it."""
    if loss == "auto":
        return True
    if isinstance(loss, str):
        try:
            loss = registry().record("loss", loss)
        except ValueError:
            return True
    return not isinstance(loss, Loss) or loss.probabilities != "none"


def probabilities(raw: np.ndarray, loss: Resolved) -> np.ndarray:
    """Map raw outputs (n, k) to the network's own probabilities (n, n_classes), rows summing to one."""
    if loss.options.get("link") == "probit":
        return np.column_stack([ndtr(-raw[:, 0]), ndtr(raw[:, 0])])
    if raw.shape[1] == 1:
        return np.column_stack([expit(-raw[:, 0]), expit(raw[:, 0])])
    return softmax(raw, axis=1)


def undo(raw: np.ndarray, loss: Resolved, class_weight: np.ndarray | None) -> np.ndarray:
    """Return honest probabilities from the network's own, both (n, n_classes).

    The loss's map first (focal, label smoothing), which recovers the class distribution of the weighted data; then
    each class's weight is divided out and rows are normalised.
    """
    record = loss.record
    assert isinstance(record, Loss)
    p = raw
    if record.probabilities:
        mapping = resolve_target(record.probabilities, f"loss {record.name!r}")
        p = mapping(torch.from_numpy(p), **loss.options).numpy()
    if class_weight is not None:
        p = p / class_weight
        p = p / p.sum(axis=1, keepdims=True)
    return p
