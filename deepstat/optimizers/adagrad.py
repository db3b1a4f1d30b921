"""AdaGrad: s <- s + g², then w <- w - lr g / (sqrt(s) + eps).

Options: ``eps`` (default 1e-10, as in torch).

Examples
--------
>>> import torch
>>> flat = torch.tensor([[1.0]])
>>> hyper = {k: torch.tensor([[v]]) for k, v in {"learning_rate": 0.1, **adagrad.defaults}.items()}
>>> update(flat, torch.tensor([[5.0]]), init(flat), torch.ones(1, 1), hyper)  # the first step is lr
>>> flat
tensor([[0.9000]])

References
----------
Duchi, Hazan and Singer (2011), Adaptive subgradient methods for online learning and stochastic optimization,
JMLR 12.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from deepstat.optimizers.rule import State, UpdateRule


def init(flat: Tensor) -> State:
    """Return a sum of squares of zero, (K, P)."""
    return {"sum_of_squares": torch.zeros_like(flat)}


def update(flat: Tensor, gradient: Tensor, state: State, step: Tensor, hyper: Mapping[str, Tensor]) -> None:
    """Add the squares and move `flat` (K, P), in place."""
    squares = state["sum_of_squares"].addcmul_(gradient, gradient)
    flat.addcdiv_(gradient * hyper["learning_rate"], squares.sqrt().add_(hyper["eps"]), value=-1)


adagrad = UpdateRule(init, update, {"eps": 1e-10})
