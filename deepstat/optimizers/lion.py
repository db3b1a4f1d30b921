"""Lion: steps of one size, by the sign of an average of gradients.

w <- w - lr (sign(beta1 m + (1 - beta1) g) + weight_decay w), then m <- beta2 m + (1 - beta2) g. Take a
learning rate 3 to 10 times smaller than for AdamW, and as much more decay.

Options: ``beta1`` (default 0.9), ``beta2`` (default 0.99), ``weight_decay`` (decoupled, on every parameter;
default 0).

Examples
--------
>>> import torch
>>> flat = torch.tensor([[1.0, 1.0, 1.0]])
>>> hyper = {k: torch.tensor([[v]]) for k, v in {"learning_rate": 0.1, **lion.defaults}.items()}
>>> update(flat, torch.tensor([[7.0, -0.01, 0.0]]), init(flat), torch.ones(1, 1), hyper)
>>> flat
tensor([[0.9000, 1.1000, 1.0000]])

References
----------
Chen, Liang, Huang, Real, Wang, Liu, Pham, Dong, Luong, Hsieh, Lu and Le (2023), Symbolic discovery of
optimization algorithms, NeurIPS.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from deepstat.optimizers.rule import State, UpdateRule


def init(flat: Tensor) -> State:
    """Return an average of zero, (K, P)."""
    return {"average": torch.zeros_like(flat)}


def update(flat: Tensor, gradient: Tensor, state: State, step: Tensor, hyper: Mapping[str, Tensor]) -> None:
    """Move `flat` (K, P) and change the average, in place."""
    average = state["average"]
    move = torch.lerp(gradient, average, hyper["beta1"]).sign_().addcmul_(flat, hyper["weight_decay"])
    flat.addcmul_(move, hyper["learning_rate"], value=-1)
    torch.lerp(gradient, average, hyper["beta2"], out=average)


lion = UpdateRule(init, update, {"beta1": 0.9, "beta2": 0.99, "weight_decay": 0.0})
