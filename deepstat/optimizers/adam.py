"""Adam: w <- w - lr m / (sqrt(s) + eps), with m and s running means of g and g², corrected for their start.

The L2 penalty of the estimators is added to the gradient; for decoupled decay see ``adamw``.

Options: ``beta1`` (default 0.9), ``beta2`` (default 0.999), ``eps`` (default 1e-8), as in torch.

Examples
--------
>>> import torch
>>> flat = torch.tensor([[1.0, 1.0]])
>>> hyper = {k: torch.tensor([[v]]) for k, v in {"learning_rate": 0.1, **adam.defaults}.items()}
>>> update(flat, torch.tensor([[5.0, -0.01]]), init(flat), torch.ones(1, 1), hyper)  # the first step is lr
>>> flat
tensor([[0.9000, 1.1000]])

References
----------
Kingma and Ba (2015), Adam: a method for stochastic optimization, ICLR.
"""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from deepstat.optimizers.moments import init_moments, update_moments
from deepstat.optimizers.rule import State, UpdateRule


def init(flat: Tensor) -> State:
    """Return both moments at their start."""
    return init_moments(flat)


def update(flat: Tensor, gradient: Tensor, state: State, step: Tensor, hyper: Mapping[str, Tensor]) -> None:
    """Change the moments and move `flat` (K, P), in place."""
    mean, denominator = update_moments(gradient, state, hyper)
    flat.addcdiv_(mean * hyper["learning_rate"], denominator, value=-1)


adam = UpdateRule(init, update, {"beta1": 0.9, "beta2": 0.999, "eps": 1e-8})
