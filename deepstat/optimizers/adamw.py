"""AdamW: Adam with decoupled weight decay, w <- w - lr (m / (sqrt(s) + eps) + weight_decay w).

The decay acts on every parameter, biases too; for one that spares them use ``adam`` with the estimator's
``l2``.

Options: ``beta1`` (default 0.9), ``beta2`` (default 0.999), ``eps`` (default 1e-8), ``weight_decay`` (default
0.01), as in torch.

Examples
--------
>>> import torch
>>> flat = torch.tensor([[1.0]])
>>> hyper = {k: torch.tensor([[v]]) for k, v in {"learning_rate": 0.1, **adamw.defaults}.items()}
>>> update(flat, torch.tensor([[0.0]]), init(flat), torch.ones(1, 1), hyper)  # no gradient: decay alone
>>> flat
tensor([[0.9990]])

References
----------
Loshchilov and Hutter (2019), Decoupled weight decay regularization, ICLR.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from deepstat.optimizers.moments import init_moments, update_moments
from deepstat.optimizers.rule import State, UpdateRule


def init(flat: Tensor) -> State:
    """Return both moments at their start."""
    return init_moments(flat)


def update(flat: Tensor, gradient: Tensor, state: State, step: Tensor, hyper: Mapping[str, Tensor]) -> None:
    """Change the moments and move `flat` (K, P), in place."""
    mean, denominator = update_moments(gradient, state, hyper)
    move = torch.addcdiv(flat * hyper["weight_decay"], mean, denominator)
    flat.addcmul_(move, hyper["learning_rate"], value=-1)


adamw = UpdateRule(init, update, {"beta1": 0.9, "beta2": 0.999, "eps": 1e-8, "weight_decay": 0.01})
