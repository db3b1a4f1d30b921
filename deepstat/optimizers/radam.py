"""RAdam: Adam whose adaptive denominator waits until its variance is under control.

With rho_inf = 2 / (1 - beta2) - 1 and rho_t = rho_inf - 2 t beta2^t / (1 - beta2^t): while rho_t <= 5 the
step is lr m (momentum alone), then lr m r_t sqrt(1 - beta2^t) / (sqrt(s) + eps), with s the uncorrected mean
of g² and r_t the rectification sqrt((rho_t - 4)(rho_t - 2) rho_inf / ((rho_inf - 4)(rho_inf - 2) rho_t)).

Options: ``beta1`` (default 0.9), ``beta2`` (default 0.999), ``eps`` (default 1e-8), as in torch.

Examples
--------
>>> import torch
>>> flat = torch.tensor([[1.0]])
>>> hyper = {k: torch.tensor([[v]]) for k, v in {"learning_rate": 0.1, **radam.defaults}.items()}
>>> update(flat, torch.tensor([[2.0]]), init(flat), torch.ones(1, 1), hyper)  # not adaptive yet: lr g
>>> flat
tensor([[0.8000]])

References
----------
Liu, Jiang, He, Chen, Liu, Gao and Han (2020), On the variance of the adaptive learning rate and beyond, ICLR.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from deepstat.distributions.expm1 import expm1
from deepstat.optimizers.rule import State, UpdateRule


def init(flat: Tensor) -> State:
    """Return means of zero, (K, P) each, and the weight (K, 1) of the next gradient in the first: one."""
    return {
        "mean": torch.zeros_like(flat),
        "mean_square": torch.zeros_like(flat),
        "mean_weight": flat.new_ones(len(flat), 1),
    }


def update(flat: Tensor, gradient: Tensor, state: State, step: Tensor, hyper: Mapping[str, Tensor]) -> None:
    """Change the means and move `flat` (K, P), in place."""
    beta2, weight = hyper["beta2"], state["mean_weight"]
    mean = state["mean"].lerp_(gradient, weight)
    weight.div_(weight + hyper["beta1"])  # the correction for the start at zero, see moments.py
    mean_square = torch.lerp(gradient * gradient, state["mean_square"], beta2, out=state["mean_square"])

    log_forgotten = step * beta2.log()
    share = -expm1(log_forgotten)  # 1 - beta2^t; by expm1, as rho_t is a small difference of large numbers
    longest = 2 / (1 - beta2) - 1
    length = longest - 2 * step / expm1(-log_forgotten)
    known = (length - 4) * (length - 2) * longest / ((longest - 4) * (longest - 2) * length)
    # Where the length is 5 or less `known` may be negative and its root NaN; torch.where drops those values.
    denominator = (mean_square.sqrt() + hyper["eps"]) / (known * share).sqrt()
    flat.addcdiv_(mean * hyper["learning_rate"], torch.where(length > 5, denominator, 1.0), value=-1)


radam = UpdateRule(init, update, {"beta1": 0.9, "beta2": 0.999, "eps": 1e-8})
