"""Momentum as an average: m <- beta m + (1 - beta) g, then w <- w - lr m.

The step is of the size of a gradient whatever beta is, and a schedule acts on all of it. With a constant rate
this is the velocity form at the rate (1 - beta) lr.

Options: ``beta`` (default 0.9).

Examples
--------
>>> import torch
>>> flat = torch.tensor([[1.0]])
>>> hyper = {"learning_rate": torch.tensor([[1.0]]), "beta": torch.tensor([[0.75]])}
>>> update(flat, torch.ones(1, 1), init(flat), torch.ones(1, 1), hyper)  # the average is 0.25
>>> flat
tensor([[0.7500]])

References
----------
Polyak (1964), Some methods of speeding up the convergence of iteration methods, USSR Computational
Mathematics 4.
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
    """Change the average and move `flat` (K, P) against it, in place."""
    average = torch.lerp(gradient, state["average"], hyper["beta"], out=state["average"])
    flat.addcmul_(average, hyper["learning_rate"], value=-1)


momentum_averaged = UpdateRule(init, update, {"beta": 0.9})
