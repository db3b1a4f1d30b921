"""Momentum as a velocity: v <- mu v - lr g, then w <- w + v.

Each gradient enters with the learning rate of its own step, so a schedule acts on new gradients only; with a
constant rate this is ``torch.optim.SGD(momentum=mu)``. A rate of zero holds the parameters still while the
velocity decays.

Options: ``momentum`` (mu, default 0.9).

Examples
--------
>>> import torch
>>> flat = torch.tensor([[1.0]])
>>> hyper = {"learning_rate": torch.tensor([[0.1]]), "momentum": torch.tensor([[0.5]])}
>>> state = init(flat)
>>> for step in (1.0, 2.0):  # velocities -0.1 and -0.15
...     update(flat, torch.ones(1, 1), state, torch.tensor([[step]]), hyper)
>>> flat
tensor([[0.7500]])

References
----------
Polyak (1964), Some methods of speeding up the convergence of iteration methods, USSR Computational
Mathematics 4; Sutskever, Martens, Dahl and Hinton (2013), On the importance of initialization and momentum in
deep learning.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from deepstat.optimizers.rule import State, UpdateRule


def init(flat: Tensor) -> State:
    """Return a velocity of zero, (K, P)."""
    return {"velocity": torch.zeros_like(flat)}


def update(flat: Tensor, gradient: Tensor, state: State, step: Tensor, hyper: Mapping[str, Tensor]) -> None:
    """Change the velocity and move `flat` (K, P) by it, in place."""
    learning_rate = hyper["learning_rate"]
    velocity = state["velocity"].mul_(hyper["momentum"]).addcmul_(gradient, learning_rate, value=-1)
    # The sign is one, or zero where the row is to stay as it is.
    flat.addcmul_(velocity, learning_rate.sign())


momentum_velocity = UpdateRule(init, update, {"momentum": 0.9})
