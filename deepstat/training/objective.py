"""The one place where losses are averaged: each member's weighted mean over the rows of a batch."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from deepstat.training.plan import Objective


def row_losses(
    objective: Objective, raw: Tensor, y: Tensor, options: Mapping[str, Tensor], scale: Tensor | None
) -> Tensor:
    """Return (n,) losses of one member; in residual scales where the objective has them.

    A scaled loss is multiplied by the squared scale again, so that it agrees with half the squared residual near
    zero whatever the scale: penalties and learning rates keep their meaning while the scale is re-estimated.
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


def validation_score(objective: Objective, mean: Tensor, scale: Tensor | None) -> Tensor:
    """Return what early stopping compares, (K,), from the mean validation losses.

    With a re-estimated residual scale s the mean loss alone would reward a shrinking scale; the score is then
    ``mean(rho(r / s)) + log s``, the location-scale likelihood of rho up to a constant.
    """
    if scale is None or not isinstance(objective.scale, str):
        return mean
    return mean / scale.square().mean(dim=1) + torch.log(scale).mean(dim=1)
