"""Nesterov's momentum: b <- mu b + g, then w <- w - lr (g + mu b).

The form of ``torch.optim.SGD(momentum=mu, nesterov=True)``: the gradient is taken where the network stands,
and the step looks one momentum ahead.

Options: ``momentum`` (mu, default 0.9).

Examples
--------
>>> import torch
>>> flat = torch.tensor([[1.0]])
>>> hyper = {"learning_rate": torch.tensor([[0.1]]), "momentum": torch.tensor([[0.5]])}
>>> update(flat, torch.ones(1, 1), init(flat), torch.ones(1, 1), hyper)
>>> flat
tensor([[0.8500]])

References
----------
Nesterov (1983), A method for solving the convex programming problem with convergence rate O(1/k^2);
Sutskever, Martens, Dahl and Hinton (2013), On the importance of initialization and momentum in deep learning.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from deepstat.optimizers.rule import State, UpdateRule


def init(flat: Tensor) -> State:
    """Return a momentum buffer of zero, (K, P)."""
    return {"buffer": torch.zeros_like(flat)}


def update(flat: Tensor, gradient: Tensor, state: State, step: Tensor, hyper: Mapping[str, Tensor]) -> None:
    """Change the buffer and move `flat` (K, P), in place."""
    momentum = hyper["momentum"]
    buffer = torch.addcmul(gradient, state["buffer"], momentum, out=state["buffer"])
    flat.addcmul_(torch.addcmul(gradient, buffer, momentum), hyper["learning_rate"], value=-1)


nesterov = UpdateRule(init, update, {"momentum": 0.9})
