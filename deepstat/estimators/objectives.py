"""From a resolved loss and a target to what is minimised."""

from __future__ import annotations

from typing import Any

from deepstat.estimators.components import Resolved, resolve_loss
from deepstat.records import Loss
from deepstat.training.plan import Objective


def objective_of(loss: Resolved, target: Any) -> Objective:
    """Return the objective of a loss on a target as it is trained on: lengths in units of its scale."""
    record = loss.record
    assert isinstance(record, Loss)
    options: dict[str, Any] = dict(loss.options)
    scale = options.pop("scale") if record.scale is not None else None
    if isinstance(scale, float):
        scale = tuple(scale / unit for unit in target.scale)
    return Objective(
        loss=loss.target, options=options, constants=record.constants, scale=scale, per_row=record.per_row
    )


def first_objective(loss: Resolved, target: Any) -> Objective | None:
    """Return the objective of the fit that this loss starts from: the other loss at its own options. None: none."""
    record = loss.record
    assert isinstance(record, Loss)
    if not record.start_from:
        return None
    options = {"scale": loss.options["scale"]}
    return objective_of(resolve_loss(record.start_from, options, record.task), target)
