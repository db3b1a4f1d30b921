"""The rows of a classical fit: a design matrix, a response, weights of each member."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from deepstat.data.design import complete_rows, learn_design
from deepstat.data.table import check_table, take
from deepstat.data.weights import check_weights
from deepstat.estimators.components import Resolved
from deepstat.estimators.draw import Draw
from deepstat.estimators.targets import check_length, y_of
from deepstat.estimators.task import Task


@dataclass(frozen=True, eq=False)
class Rows:
    """What a classical model is fitted to.

    Attributes
    ----------
    design : Design
        How later tables become rows of `X`.
    X : Tensor of shape (n, 1 + p)
        With a column of ones first.
    names : tuple of str
    target : RegressionTarget or ClassTarget
    y : Tensor of shape (n, k), or (K, n, k) where members have responses of their own
    weight : Tensor of shape (K, n) or None
        Frequencies.
    var_weights, offset : Tensor of shape (n,) or None
    used : ndarray of int
        Their places in the table given: rows of positive weight without missing values.
    n_members : int
    notes : tuple of str
    """

    design: Any
    X: Tensor
    names: tuple[str, ...]
    target: Any
    y: Tensor
    weight: Tensor | None
    var_weights: Tensor | None
    offset: Tensor | None
    used: NDArray[np.intp]
    n_members: int
    notes: tuple[str, ...]


def rows_of(
    estimator: Any,
    task: Task,
    resolved: Resolved,
    X: Any,
    y: Any,
    sample_weight: Any,
    draws: Sequence[Draw],
    *,
    var_weights: Any = None,
    offset: Any = None,
) -> Rows:
    """Check a table and its target, leave incomplete rows out, and weigh the rows of each draw.

    Raises
    ------
    ValueError
        As for any fit; or a vector has another length than the table.
    """
    table = check_table(X)
    if table.is_sparse:
        raise ValueError("Classical solvers need all of the table at once: give a dense one (X.toarray()).")
    n = table.n_rows
    check_length(estimator, y, n)
    shared = check_weights(sample_weight, n)
    counted = np.ones(n, dtype=bool) if shared is None else shared > 0
    complete = np.zeros(n, dtype=bool)
    complete[complete_rows(table)] = True
    used = np.flatnonzero(counted & complete)
    design = learn_design(table, used)
    encoded = torch.from_numpy(np.ascontiguousarray(design.encode(take(table, used), np.float64)))
    own = y_of(np.asarray(y), used)
    target = task.learn_target(resolved, estimator, own, None, np.arange(len(used)))
    n_dropped = int((counted & ~complete).sum())
    notes = (f"Reference levels: {', '.join(design.dropped)}.",) if design.dropped else ()
    if n_dropped:
        notes = (f"{n_dropped} incomplete row(s) were left out.", *notes)
    return Rows(
        design=design,
        X=torch.cat([torch.ones(len(used), 1, dtype=torch.float64), encoded], dim=1),
        names=("Intercept", *design.encoded_names),
        target=target,
        y=_responses(target, y, draws, used),
        weight=_weights(draws, shared, n, used),
        var_weights=_vector("var_weights", var_weights, n, used),
        offset=_vector("offset", offset, n, used),
        used=used,
        n_members=len(draws),
        notes=notes,
    )


def _responses(target: Any, y: Any, draws: Sequence[Draw], used: NDArray[Any]) -> Tensor:
    if all(draw.y is None for draw in draws):
        return torch.from_numpy(np.asarray(target.encode(y_of(np.asarray(y), used)), dtype=np.float64))
    own = [target.encode(y_of(np.asarray(y if draw.y is None else draw.y), used)) for draw in draws]
    return torch.from_numpy(np.asarray(own, dtype=np.float64))


def _weights(draws: Sequence[Draw], shared: Any, n: int, used: NDArray[Any]) -> Tensor | None:
    """Return how often each member has each row; None where every row counts once for all."""
    if len(draws) == 1 and draws[0].rows is None and draws[0].weight is None and shared is None:
        return None
    weights = np.empty((len(draws), len(used)))
    for k, draw in enumerate(draws):
        own = np.ones(n) if draw.rows is None else np.bincount(draw.rows, minlength=n).astype(np.float64)
        if draw.weight is not None:
            own = own * draw.weight
        if shared is not None:
            own = own * shared
        weights[k] = own[used]
    return torch.from_numpy(weights)


def _vector(name: str, given: Any, n: int, used: NDArray[Any]) -> Tensor | None:
    if given is None:
        return None
    values = np.asarray(given, dtype=np.float64)
    if values.shape != (n,) or not np.isfinite(values).all():
        raise ValueError(f"{name} must hold one finite number for each of the {n} rows, got shape {values.shape}.")
    return torch.from_numpy(values[used])
