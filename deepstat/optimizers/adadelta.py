"""Adadelta: steps in the units of the parameters, from running means of squared gradients and squared steps.

s <- rho s + (1 - rho) g²; d = g sqrt(u + eps) / sqrt(s + eps); u <- rho u + (1 - rho) d²; w <- w - lr d.

The method is meant for a learning rate of 1.

Options: ``rho`` (default 0.9), ``eps`` (default 1e-6), as in torch.

Examples
--------
>>> import torch
>>> flat = torch.tensor([[1.0]])
>>> hyper = {k: torch.tensor([[v]]) for k, v in {"learning_rate": 1.0, "rho": 0.75, "eps": 1.0}.items()}
>>> update(flat, torch.tensor([[2.0]]), init(flat), torch.ones(1, 1), hyper)  # 2 sqrt(1) / sqrt(0.25 * 4 + 1)
>>> flat
tensor([[-0.4142]])

References
----------
Zeiler (2012), ADADELTA: an adaptive learning rate method, arXiv:1212.5701.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from deepstat.optimizers.rule import State, UpdateRule


def init(flat: Tensor) -> State:
    """Return running means of zero, (K, P) each."""
    return {"squared_gradient": torch.zeros_like(flat), "squared_step": torch.zeros_like(flat)}


def update(flat: Tensor, gradient: Tensor, state: State, step: Tensor, hyper: Mapping[str, Tensor]) -> None:
    """Change both running means and move `flat` (K, P), in place."""
    rho, eps = hyper["rho"], hyper["eps"]
    gradients, steps = state["squared_gradient"], state["squared_step"]
    torch.lerp(gradient * gradient, gradients, rho, out=gradients)
    move = (steps + eps).div_(gradients + eps).sqrt_().mul_(gradient)
    torch.lerp(move * move, steps, rho, out=steps)
    flat.addcmul_(move, hyper["learning_rate"], value=-1)


adadelta = UpdateRule(init, update, {"rho": 0.9, "eps": 1e-6})
