"""The logarithm of one minus a probability, from the logarithm of the probability."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from deepstat.distributions.expm1 import expm1


def log_complement(log_p: Tensor) -> Tensor:
    """Return log(1 - exp(log_p)), exact for probabilities near 0 and near 1, with finite gradients.

    Parameters
    ----------
    log_p : Tensor
        At most 0. At 0 the answer is the logarithm of the least positive number, not minus infinity.

    Returns
    -------
    Tensor
        Of the same shape.

    Examples
    --------
    >>> log_complement(torch.tensor([-50.0, -1e-10]))
    tensor([-1.9287e-22, -2.3026e+01])

    References
    ----------
    Maechler (2012), Accurately computing log(1 - exp(-|a|)), vignette of the R package Rmpfr.
    """
    # Each branch sees only values that it can bear, so that the branch not taken has a finite gradient.
    likely = expm1(log_p.clamp(-math.log(2.0), -torch.finfo(log_p.dtype).tiny)).neg().log()
    unlikely = log_p.clamp(max=-math.log(2.0)).exp().neg().log1p()
    return torch.where(log_p > -math.log(2.0), likely, unlikely)
