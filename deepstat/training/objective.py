"""The one place where losses are averaged: each member's weighted mean over the rows of a batch, and over its heads.

Heads (raw outputs (n, H, k)) have losses of their own, of which the mean is taken; never the loss of their mean
prediction, with which they would learn to make up for one another.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from deepstat.layers.pooling.take_auxiliary_loss import take_auxiliary_loss
from deepstat.training.plan import Objective


def row_losses(
    objective: Objective, raw: Tensor, y: Tensor, options: Mapping[str, Tensor], scale: Tensor | None
) -> Tensor:
    """Return (n,) losses of one member, each the mean over its heads; in residual scales where the objective has them.

    A scaled loss is multiplied by the squared scale again, so that it agrees with half the squared residual near
    zero whatever the scale: penalties and learning rates keep their meaning while the scale is re-estimated, and the
    mean over validation rows is the squared tau-scale of Yohai and Zamar (1988), by which early stopping compares.
    """
    if raw.ndim == 3:  # each head's rows as rows of one batch: a loss of rows sees no heads
        n_heads = raw.shape[1]
        rows = raw.transpose(0, 1).flatten(0, 1)
        losses = row_losses(objective, rows, y.repeat(n_heads, 1), options, scale)
        return losses.view(n_heads, -1).mean(0)
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
        if raw.ndim == 3:
            heads = [mean_loss(objective, own, y, weight, options, scale) for own in raw.unbind(1)]
            return torch.stack(heads).mean()
        return objective.loss(raw, y, **{**objective.options, **options}, weight=weight)
    losses = row_losses(objective, raw, y, options, scale)
    return losses.mean() if weight is None else (losses * weight).mean()


def with_auxiliary(loss: Tensor, network: nn.Module) -> Tensor:
    """Return the loss and what layers of the network add to it, by the forward pass in training just done."""
    extra = take_auxiliary_loss(network)
    return loss + extra if isinstance(extra, Tensor) else loss
