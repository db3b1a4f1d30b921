"""Where the linear part of a formula starts: one Newton step from the best constant."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from deepstat.data.tensors import TensorTable
from deepstat.estimators.sampled import sampled_inputs, sampled_rows
from deepstat.formula.semi_structured import SemiStructured
from deepstat.training.plan import Objective

# On raw outputs; wide enough that the slope of a loss with kinks changes for some rows: it has a curvature then.
STEP = 0.1
RIDGE = 1e-6
HALVINGS = 6


def start_structured(
    network: nn.Module,
    objective: Objective,
    table: TensorTable,
    rows: Any,
    center: Any,
    scale: Any,
    start: Any,
) -> None:
    """Move the linear parts by one Newton step of the loss, halved until the loss falls.

    Networks learn by many small steps, which a linear part with large coefficients needs hundreds of. Least
    squares starts at its solution; other losses near it. Deep terms start at zero.

    Parameters
    ----------
    network : nn.Module
        Networks without a formula are left as they are. Its heads start at the constants of their biases.
    objective : Objective
    table : TensorTable
    rows : ndarray of int
        The training rows.
    center, scale : Tensor or None
        Standardisation left to do.
    start : Tensor of shape (n_outputs + n_constants,) or None
        Raw numbers of the best constant; what follows the outputs is kept.
    """
    module = next((each for each in network.modules() if isinstance(each, SemiStructured)), None)
    if module is None:
        return
    module.silence()
    if not objective.per_row or all(head.weight is None for head in module.heads):
        return
    chosen = sampled_rows(table, rows)
    x, y = sampled_inputs(table, rows, center, scale).double(), table.y[chosen].double()
    weight = torch.ones_like(y[:, 0]) if table.weight is None else table.weight[chosen].double()
    constants = torch.zeros(0) if start is None else start[sum(len(head.bias) for head in module.heads) :]
    biases = [head.bias.detach().double() for head in module.heads]
    raw = torch.cat([*biases, constants.to(x)]).expand(len(x), -1)
    trained = {constant.name: torch.tensor(constant.start).to(x) for constant in objective.constants}
    options = {**objective.options, **trained}
    slope = _slope(objective, options, raw, y)
    designs = [_design(head, x) for head in module.heads]
    steps, place = [], 0
    for bias, design in zip(biases, designs, strict=True):
        own = []
        for _ in range(len(bias)):
            move = torch.zeros_like(raw)
            move[:, place] = STEP
            up, down = (_slope(objective, options, raw + sign * move, y)[:, place] for sign in (1.0, -1.0))
            own.append(_newton(design, slope[:, place], (up - down) / (2 * STEP), weight))
            place += 1
        steps.append(torch.stack(own))
    moved = [design @ step.T for design, step in zip(designs, steps, strict=True)]
    moved.append(torch.zeros_like(raw[:, place:]))
    direction = torch.cat(moved, dim=1)
    least = _total(objective, options, raw, y, weight)
    for halving in range(HALVINGS):
        factor = 0.5**halving
        if _total(objective, options, raw + factor * direction, y, weight) < least:
            break
    else:
        return
    with torch.no_grad():
        for head, step in zip(module.heads, steps, strict=True):
            first = int(head.columns.intercept)  # type: ignore[union-attr]
            if first:
                head.bias += factor * step[:, 0].to(head.bias)  # type: ignore[arg-type]
            if head.weight is not None:
                head.weight += factor * step[:, first:].to(head.weight)  # type: ignore[arg-type]


def _design(head: Any, x: Tensor) -> Tensor:
    own = x[:, head.columns.start : head.columns.stop]
    return torch.cat([torch.ones_like(x[:, :1]), own], dim=1) if head.columns.intercept else own


def _losses(objective: Objective, options: Any, raw: Tensor, y: Tensor) -> Tensor:
    return objective.loss(raw, y, **options)


def _slope(objective: Objective, options: Any, raw: Tensor, y: Tensor) -> Tensor:
    """Return the derivative (n, k) of each row's loss by its raw outputs."""
    with torch.enable_grad():
        raw = raw.detach().clone().requires_grad_()
        (found,) = torch.autograd.grad(_losses(objective, options, raw, y).sum(), raw)
    return torch.nan_to_num(found, nan=0.0, posinf=0.0, neginf=0.0)


def _total(objective: Objective, options: Any, raw: Tensor, y: Tensor, weight: Tensor) -> float:
    with torch.no_grad():
        total = float((_losses(objective, options, raw, y) * weight).sum())
    return total if total == total else float("inf")


def _newton(design: Tensor, slope: Tensor, curvature: Tensor, weight: Tensor) -> Tensor:
    """Return the coefficients of the step that a quadratic loss would take."""
    curvature = curvature.clamp(min=0.0) * weight
    if design.shape[1] == 0 or float(curvature.sum()) <= RIDGE * float(weight.sum()):
        return design.new_zeros(design.shape[1])
    gram = design.T @ (design * curvature[:, None])
    ridge = RIDGE * gram.diagonal().mean() * torch.eye(len(gram), dtype=gram.dtype, device=gram.device)
    return torch.linalg.solve(gram + ridge, -design.T @ (slope * weight))
