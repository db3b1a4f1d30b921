"""The density of the logarithm of a gamma variable."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from deepstat.distributions.stirling_error import stirling_error


def log_gamma_kernel(concentration: Tensor, ratio: Tensor) -> Tensor:
    """Return log(x^a exp(-x) / Γ(a)) for x = a · ratio: nothing of size a log a is ever formed.

    Parameters
    ----------
    concentration : Tensor
        The shape a, positive.
    ratio : Tensor
        x / a, a value in units of its mean; at least 0.

    Returns
    -------
    Tensor
        Minus the unit deviance times a, and a term in a alone.

    Examples
    --------
    >>> log_gamma_kernel(torch.tensor([1.0, 1e6]), torch.tensor([1.0, 1.0]))
    tensor([-1.0000,  5.9888])

    References
    ----------
    Loader (2000), Fast and accurate computation of binomial probabilities.
    """
    half_deviance = ratio - 1.0 - ratio.clamp(min=torch.finfo(ratio.dtype).tiny).log()
    alone = 0.5 * (concentration / (2.0 * math.pi)).log() - stirling_error(concentration)
    return alone - concentration * half_deviance
