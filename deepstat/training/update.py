"""One update of a population from its losses and gradients: penalties, clipping, the guard against NaN, the rule."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from deepstat.training.population import Population


def apply_update(
    population: Population,
    rule: object,
    loss: Tensor,
    gradient: Tensor,
    learning_rate: Tensor,
    penalised: Tensor,
) -> bool:
    """Move all members that are finite; return whether all were. Reads values, so it waits for the device.

    On the CPU this is cheaper than masking every tensor.
    """
    hyper, gradient, norm = _penalise_and_clip(population, gradient, penalised)
    if population.live.all() and math.isfinite((norm.sum() + loss.sum()).item()):
        population.step += 1
        population.count += 1
        hyper["learning_rate"] = learning_rate
        rule.update(population.flat, gradient, population.optimizer, population.step, hyper)  # type: ignore[attr-defined]
        return True
    _update_masked(population, rule, loss, gradient, norm, learning_rate, hyper)
    return False


def apply_update_masked(
    population: Population,
    rule: object,
    loss: Tensor,
    gradient: Tensor,
    learning_rate: Tensor,
    penalised: Tensor,
) -> None:
    """Do the same without reading a value: for accelerators and inside a compiled graph."""
    hyper, gradient, norm = _penalise_and_clip(population, gradient, penalised)
    _update_masked(population, rule, loss, gradient, norm, learning_rate, hyper)


def _penalise_and_clip(
    population: Population, gradient: Tensor, penalised: Tensor
) -> tuple[dict[str, Tensor], Tensor, Tensor]:
    hyper = dict(population.hyper)
    l1, l2, clip = hyper.pop("l1", None), hyper.pop("l2", None), hyper.pop("clip", None)
    if l2 is not None:
        gradient = gradient + l2 * penalised * population.flat
    if l1 is not None:
        gradient = gradient + l1 * penalised * population.flat.sign()
    norm = torch.linalg.vector_norm(gradient, dim=1, keepdim=True)
    if clip is not None:
        gradient = gradient * (clip / norm).clamp(max=1.0)
    return hyper, gradient, norm


def _update_masked(
    population: Population,
    rule: object,
    loss: Tensor,
    gradient: Tensor,
    norm: Tensor,
    learning_rate: Tensor,
    hyper: dict[str, Tensor],
) -> None:
    population.live *= torch.isfinite(norm + loss[:, None]).to(population.live.dtype)
    alive = population.live > 0
    population.step += population.live
    population.count += alive[:, 0].to(population.count.dtype)
    hyper["learning_rate"] = learning_rate * population.live  # zero leaves a row as it is
    gradient = torch.where(alive, gradient, 0.0)
    rule.update(population.flat, gradient, population.optimizer, population.step.clamp(min=1), hyper)  # type: ignore[attr-defined]


def guarded(population: Population) -> list[str]:
    """Names of buffers that a forward pass may move (running statistics) and that a NaN must not reach."""
    moving = [
        path
        for path, module in population.network.named_modules()
        if isinstance(module, nn.modules.batchnorm._BatchNorm)
        or not type(module).__module__.startswith(("torch.", "deepstat."))
    ]
    return [
        name
        for name, rows in population.buffers.items()
        if name.rpartition(".")[0] in moving and rows.is_floating_point()
    ]


def restore(population: Population, before: dict[str, Tensor]) -> None:
    """Put running statistics back where a member's loss is no longer finite."""
    for name, old in before.items():
        rows = population.buffers[name]
        keep = (population.live > 0).view(-1, *[1] * (rows.dim() - 1))
        rows.copy_(torch.where(keep, rows, old))
