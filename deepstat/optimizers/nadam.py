"""NAdam: Adam with Nesterov's look ahead.

m <- beta1 m + (1 - beta1) g; s <- Adam's corrected mean of g²; mu_t = beta1 (1 - 0.96^(t momentum_decay) /
2); M_t = mu_1 ... mu_t; w <- w - lr ((1 - mu_t) g / (1 - M_t) + mu_{t+1} m / (1 - M_{t+1})) / (sqrt(s) +
eps).

Options: ``beta1`` (default 0.9), ``beta2`` (default 0.999), ``eps`` (default 1e-8), ``momentum_decay``
(default 0.004), as in torch.

Examples
--------
>>> import torch
>>> flat = torch.tensor([[1.0]])
>>> hyper = {k: torch.tensor([[v]]) for k, v in {"learning_rate": 0.1, **nadam.defaults}.items()}
>>> update(flat, torch.tensor([[2.0]]), init(flat), torch.ones(1, 1), hyper)
>>> flat
tensor([[0.8944]])

References
----------
Dozat (2016), Incorporating Nesterov momentum into Adam, ICLR workshop.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from deepstat.optimizers.rule import State, UpdateRule


def init(flat: Tensor) -> State:
    """Return means of zero, (K, P); the weight of the next square and the product of momenta, (K, 1): one."""
    ones = flat.new_ones(len(flat), 1)
    return {
        "mean": torch.zeros_like(flat),
        "mean_square": torch.zeros_like(flat),
        "mean_square_weight": ones,
        "momentum_product": ones.clone(),
    }


def update(flat: Tensor, gradient: Tensor, state: State, step: Tensor, hyper: Mapping[str, Tensor]) -> None:
    """Change the means and move `flat` (K, P), in place."""
    beta1, decay, weight = hyper["beta1"], hyper["momentum_decay"], state["mean_square_weight"]
    mean = torch.lerp(gradient, state["mean"], beta1, out=state["mean"])
    mean_square = state["mean_square"].lerp_(gradient * gradient, weight)
    weight.div_(weight + hyper["beta2"])  # the correction for the start at zero, see moments.py

    momentum = beta1 * (1 - 0.5 * 0.96 ** (step * decay))
    next_momentum = beta1 * (1 - 0.5 * 0.96 ** ((step + 1) * decay))
    product = state["momentum_product"].mul_(momentum)
    rate = hyper["learning_rate"]
    move = gradient * (rate * (1 - momentum) / (1 - product))
    move.addcmul_(mean, rate * next_momentum / (1 - product * next_momentum))
    flat.addcdiv_(move, mean_square.sqrt().add_(hyper["eps"]), value=-1)


nadam = UpdateRule(init, update, {"beta1": 0.9, "beta2": 0.999, "eps": 1e-8, "momentum_decay": 0.004})
