"""Stochastic gradient descent: w <- w - lr g.

No options. One kernel call a step.

Examples
--------
>>> import torch
>>> flat, hyper = torch.tensor([[1.0, 2.0]]), {"learning_rate": torch.tensor([[0.5]])}
>>> update(flat, torch.tensor([[1.0, -1.0]]), init(flat), torch.ones(1, 1), hyper)
>>> flat
tensor([[0.5000, 2.5000]])

References
----------
Robbins and Monro (1951), A stochastic approximation method, Annals of Mathematical Statistics 22.
"""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from deepstat.optimizers.rule import State, UpdateRule


def init(flat: Tensor) -> State:
    """Return the empty state: nothing is remembered."""
    return {}


def update(flat: Tensor, gradient: Tensor, state: State, step: Tensor, hyper: Mapping[str, Tensor]) -> None:
    """Move `flat` (K, P) against the gradient, in place."""
    flat.addcmul_(gradient, hyper["learning_rate"], value=-1)


sgd = UpdateRule(init, update, {})
