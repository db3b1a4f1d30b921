"""The density of the logit of a beta variable."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from deepstat.distributions.stirling_error import stirling_error


def log_beta_kernel(mean: Tensor, precision: Tensor, y: Tensor) -> Tensor:
    """Return log(y^α (1 - y)^β / B(α, β)) for α = mean · precision and β = (1 - mean) · precision.

    Written as minus precision times a Kullback-Leibler divergence, so that nothing of size α log α is formed.

    Parameters
    ----------
    mean : Tensor
        In (0, 1).
    precision : Tensor
        α + β, positive.
    y : Tensor
        In (0, 1).

    Returns
    -------
    Tensor
        Of the common shape.

    Examples
    --------
    >>> log_beta_kernel(torch.tensor(0.5), torch.tensor(2.0), torch.tensor(0.5)).exp()
    tensor(0.2500)

    References
    ----------
    Ferrari and Cribari-Neto (2004), Beta regression for modelling rates and proportions, J. Applied Statistics 31.
    """
    other = 1.0 - mean
    alpha, beta = mean * precision, other * precision
    whole, left, right = stirling_error(torch.stack(torch.broadcast_tensors(precision, alpha, beta))).unbind()
    alone = 0.5 * (alpha * other / (2.0 * math.pi)).log() + whole - left - right
    divergence = mean * (mean / y).log() + other * (other / (1.0 - y)).log()
    return alone - precision * divergence
