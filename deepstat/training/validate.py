"""Mean losses and residuals of each member over rows of its own, without training on them."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.func import vmap
from torch.nn import functional

from deepstat.layers.heads_of import heads_of
from deepstat.losses.cross_entropy import to_logits
from deepstat.losses.scales import huber_scale, mad
from deepstat.training.batches import Rows
from deepstat.training.objective import mean_loss, row_losses
from deepstat.training.plan import Objective, Plan
from deepstat.training.population import Population
from deepstat.training.refined_loss import refined_loss

# Rows evaluated at once, over all members and their heads: bounds the memory of activations.
CHUNK = 1 << 15
# A residual scale never falls below this share of the target's own: training residuals of a network shrink to zero.
SMALLEST_SCALE = 1e-3


def judged_losses(
    plan: Plan, population: Population, backend: Any, rows: Rows, which: list[Tensor]
) -> tuple[Tensor, Tensor]:
    """Return (K,) mean losses over `which[k]`, and what epochs are judged by: the same, or what calibration leaves."""
    if plan.stop_by != "refinement":
        means = mean_losses(plan.objective, population, backend, rows, which)
        return means, means
    parts: list[
        tuple[Tensor, Tensor, Tensor]
    ] = []  # raw outputs of all rows held out: a scale looks at them again
    means = mean_losses(plan.objective, population, backend, rows, which, parts)
    raw, y, weight = (torch.cat(tensors, dim=1) for tensors in zip(*parts, strict=True))
    refined = refined_loss(_log_odds(raw, plan.objective.options.get("link", "logit")), y, weight)
    return means, torch.where(means.isfinite(), refined, means)


def _log_odds(raw: Tensor, link: str) -> Tensor:
    """Return (K, n, C) log-odds of raw outputs; of heads (K, n, H, C) those of their mean probabilities."""
    score = to_logits(raw.flatten(0, -2), link).view(raw.shape)
    if raw.ndim == 3:
        return score
    two = raw.shape[-1] == 1
    log_p = (functional.pad(score, (1, 0)) if two else score).log_softmax(dim=-1).logsumexp(dim=2)
    return log_p[..., 1:] - log_p[..., :1] if two else log_p


def mean_losses(
    objective: Objective,
    population: Population,
    backend: Any,
    rows: Rows,
    which: list[Tensor],
    parts: list[tuple[Tensor, Tensor, Tensor]] | None = None,
) -> Tensor:
    """Return (K,) weighted mean losses of each member over `which[k]`, its rows of the table.

    Raw outputs, targets and weights, as they were looked at, are added to `parts`.
    """
    options = {**population.numbers, **population.constants()}
    if not objective.per_row:
        return _whole(objective, population, backend, rows, which, options)
    n_members = len(which)
    longest = max(len(own) for own in which)
    total = population.flat.new_zeros(n_members)
    weights = population.flat.new_zeros(n_members)
    chunk = _chunk(population)
    over = (0, 0, 0, None if population.scale is None else 0)
    losses_of = vmap(lambda raw, y, o, s: row_losses(objective, raw, y, o, s), in_dims=over)
    for start in range(0, longest, chunk):
        index, present = _padded(which, start, min(chunk, longest - start), population.flat)
        x, y, weight = rows.gather(index, list(range(n_members)))
        raw = backend.raw(population, x)
        losses = losses_of(raw, y, options, population.scale)
        weight = present if weight is None else weight * present
        if parts is not None:
            parts.append((raw, y, weight))
        total += (torch.where(weight > 0, losses, 0.0) * weight).sum(dim=1)
        weights += weight.sum(dim=1)
    return total / weights


def constant_losses(
    objective: Objective,
    population: Population,
    rows: Rows,
    which: list[Tensor],
    raw_starts: list[Tensor | None],
) -> np.ndarray:
    """Return (K,) losses of a constant prediction on some thousand rows: what any fit must beat.

    The constant is the raw outputs that a plan starts from (None: zeros).
    """
    options = {**population.numbers, **population.constants()}
    found = []
    for k, own in enumerate(which):
        y = rows.targets(k, own[:CHUNK])
        mine = {name: value[k] for name, value in options.items()}
        scale = None if population.scale is None else population.scale[k]
        start = raw_starts[k]
        raw = torch.zeros_like(y) if start is None else start.to(y).expand(len(y), -1)
        found.append(float(mean_loss(objective, raw, y, None, mine, scale)))
    return np.array(found)


def residual_scales(
    objective: Objective, population: Population, backend: Any, rows: Rows, which: list[Tensor]
) -> Tensor:
    """Return (K, k) scales of the residuals over `which[k]`, by the objective's rule; heads share one scale."""
    estimate = mad if objective.scale == "mad" else huber_scale
    scales = []
    chunk = _chunk(population)
    raw: list[list[Tensor]] = [[] for _ in which]
    longest = max(len(own) for own in which)
    for start in range(0, longest, chunk):
        index, _ = _padded(which, start, min(chunk, longest - start), population.flat)
        x, y, _ = rows.gather(index, list(range(len(which))))
        predicted = backend.raw(population, x)
        residual = (y if predicted.ndim == 3 else y.unsqueeze(2)) - predicted
        for k, own in enumerate(which):
            raw[k].append(residual[k, : max(0, len(own) - start)])
    for k, (own, parts) in enumerate(zip(which, raw, strict=True)):
        own_weight = None if rows.weight is None else rows.weights(k, own)
        residual = torch.cat(parts).cpu()  # estimates sum in float64, which not every device has
        if residual.ndim == 3:
            own_weight = None if own_weight is None else own_weight.repeat_interleave(residual.shape[1])
            residual = residual.flatten(0, 1)
        scales.append(estimate(residual, None if own_weight is None else own_weight.cpu()))
    return torch.stack(scales).clamp(min=SMALLEST_SCALE).to(population.flat)


def _chunk(population: Population) -> int:
    """Return the rows of each member that are evaluated at once."""
    return max(1, CHUNK // (len(population) * (heads_of(population.network) or 1)))


def _padded(which: list[Tensor], start: int, size: int, like: Tensor) -> tuple[Tensor, Tensor]:
    """Return (K, size) rows and ones where they are a member's own; in prediction a row does not see the others."""
    index = torch.zeros(len(which), size, dtype=torch.int32)
    present = torch.zeros(len(which), size, dtype=like.dtype)
    for k, own in enumerate(which):
        part = own[start : start + size]
        index[k, : len(part)] = part
        index[k, len(part) :] = own[0]
        present[k, : len(part)] = 1.0
    return index, present.to(like.device)


def _whole(
    objective: Objective,
    population: Population,
    backend: Any,
    rows: Rows,
    which: list[Tensor],
    options: dict[str, Tensor],
) -> Tensor:
    found = []
    for k, own in enumerate(which):
        index = own[None].expand(len(which), -1)
        x, y, weight = rows.gather(index, list(range(len(which))))
        raw = backend.raw(population, x)[k]
        mine = {name: value[k] for name, value in options.items()}
        scale = None if population.scale is None else population.scale[k]
        found.append(mean_loss(objective, raw, y[k], None if weight is None else weight[k], mine, scale))
    return torch.stack(found)
