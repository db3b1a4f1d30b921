"""Running means of gradients and squares, corrected for their start at zero: what Adam and AdamW share."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from deepstat.optimizers.rule import State


def init_moments(flat: Tensor) -> State:
    """Return means of zero, (K, P) each, and the weights (K, 1) that the next gradient gets in them: one.

    Examples
    --------
    >>> {name: tuple(value.shape) for name, value in init_moments(torch.zeros(3, 5)).items()}
    {'mean': (3, 5), 'mean_square': (3, 5), 'mean_weight': (3, 1), 'mean_square_weight': (3, 1)}
    """
    ones = flat.new_ones(len(flat), 1)
    return {
        "mean": torch.zeros_like(flat),
        "mean_square": torch.zeros_like(flat),
        "mean_weight": ones,
        "mean_square_weight": ones.clone(),
    }


def update_moments(gradient: Tensor, state: State, hyper: Mapping[str, Tensor]) -> tuple[Tensor, Tensor]:
    """Take a gradient (K, P) in; return the corrected mean and the root of the corrected square plus eps.

    A mean that forgets by beta and is divided by 1 - beta^t is the mean whose newest entry weighs a_t = (1 -
    beta) / (1 - beta^t), and a_{t+1} = a_t / (a_t + beta). Kept in this form it needs no powers: four kernel
    calls fewer a step, and no loss of digits in 1 - beta^t in single precision.

    Examples
    --------
    >>> state = init_moments(torch.zeros(1, 1))
    >>> hyper = {k: torch.tensor([[v]]) for k, v in {"beta1": 0.9, "beta2": 0.99, "eps": 0.0}.items()}
    >>> update_moments(torch.tensor([[-3.0]]), state, hyper)
    (tensor([[-3.]]), tensor([[3.]]))
    """
    mean_weight, square_weight = state["mean_weight"], state["mean_square_weight"]
    mean = state["mean"].lerp_(gradient, mean_weight)
    mean_square = state["mean_square"].lerp_(gradient * gradient, square_weight)
    mean_weight.div_(mean_weight + hyper["beta1"])
    square_weight.div_(square_weight + hyper["beta2"])
    return mean, mean_square.sqrt().add_(hyper["eps"])
