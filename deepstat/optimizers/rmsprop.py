"""RMSProp: s <- decay s + (1 - decay) g², then w <- w - lr g / (sqrt(s) + eps).

Options: ``decay`` (torch calls it alpha; default 0.99), ``eps`` (default 1e-8).

Examples
--------
>>> import torch
>>> flat = torch.tensor([[1.0]])
>>> hyper = {k: torch.tensor([[v]]) for k, v in {"learning_rate": 0.1, "decay": 0.75, "eps": 0.0}.items()}
>>> update(flat, torch.tensor([[3.0]]), init(flat), torch.ones(1, 1), hyper)  # 0.1 * 3 / sqrt(9 / 4)
>>> flat
tensor([[0.8000]])

References
----------
Tieleman and Hinton (2012), Lecture 6.5: rmsprop, Neural networks for machine learning.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from deepstat.optimizers.rule import State, UpdateRule


def init(flat: Tensor) -> State:
    """Return a mean square of zero, (K, P)."""
    return {"mean_square": torch.zeros_like(flat)}


def update(flat: Tensor, gradient: Tensor, state: State, step: Tensor, hyper: Mapping[str, Tensor]) -> None:
    """Change the mean square and move `flat` (K, P), in place."""
    squares = torch.lerp(gradient * gradient, state["mean_square"], hyper["decay"], out=state["mean_square"])
    flat.addcdiv_(gradient * hyper["learning_rate"], squares.sqrt().add_(hyper["eps"]), value=-1)


rmsprop = UpdateRule(init, update, {"decay": 0.99, "eps": 1e-8})
