"""The one place where losses are averaged: each member's weighted mean over the rows of a batch."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor, nn

from deepstat.layers.pooling.take_auxiliary_loss import take_auxiliary_loss
from deepstat.training.plan import Objective


def row_losses(
    objective: Objective, raw: Tensor, y: Tensor, options: Mapping[str, Tensor], scale: Tensor | None
) -> Tensor:
    """Return (n,) losses of one member; in residual scales where the objective has them.

    A scaled loss is multiplied by the squared scale again, so that it agrees with half the squared residual near
    zero whatever the scale: penalties and learning rates keep their meaning while the scale is re-estimated, and the
    mean over validation rows is the squared tau-scale of Yohai and Zamar (1988), by which early stopping compares.
    """
    options = {**objective.options, **options}
    if scale is None:
        return objective.loss(raw, y, **options)
    return objective.loss(raw / scale, y / scale, **options) * scale.square().mean()


def mean_loss(
    objective: Objective,
    raw: Tensor,
    y: Tensor,
    weight: Tensor | None,
    options: Mapping[str, Tensor],
    scale: Tensor | None,
) -> Tensor:
    """Return the () mean over rows; weights have mean one over all of a member's rows, so no batch is rescaled."""
    if not objective.per_row:
        return objective.loss(raw, y, **{**objective.options, **options}, weight=weight)
    losses = row_losses(objective, raw, y, options, scale)
    return losses.mean() if weight is None else (losses * weight).mean()


def with_auxiliary(loss: Tensor, network: nn.Module) -> Tensor:
    """Return the loss and what layers of the network add to it, by the forward pass in training just done."""
    extra = take_auxiliary_loss(network)
    return loss + extra if isinstance(extra, Tensor) else loss
