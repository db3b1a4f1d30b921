"""Both tails of the beta distribution on the log scale, differentiable in its parameters as well."""

from __future__ import annotations

import torch
from torch import Tensor

from deepstat.distributions.beta_kernel import log_beta_kernel
from deepstat.distributions.expm1 import expm1
from deepstat.distributions.log_complement import log_complement
from deepstat.distributions.tail_integral import log_tail_integral


def log_incomplete_beta(alpha: Tensor, beta: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """Return log I_y(α, β) and log(1 - I_y(α, β)), the regularised incomplete beta function and its complement.

    The smaller tail is one integral from y outwards and the other its complement: to 1e-8 in float64 for α and β
    from 0.01 to 1e7.

    Parameters
    ----------
    alpha, beta : Tensor
        Positive.
    y : Tensor
        In (0, 1); numbers beyond stand for those next to 0 and 1.

    Returns
    -------
    log_lower, log_upper : Tensor
        Of the common shape.

    Examples
    --------
    >>> lower, upper = log_incomplete_beta(torch.tensor(2.0), torch.tensor(1.0), torch.tensor([0.5, 1e-10]))
    >>> lower
    tensor([ -1.3863, -46.0517])
    >>> upper.exp()
    tensor([0.7500, 1.0000])

    References
    ----------
    DLMF, NIST Digital Library of Mathematical Functions, section 8.17.
    """
    kind = torch.finfo(y.dtype)
    alpha, beta, y = torch.broadcast_tensors(alpha, beta, y.clamp(kind.tiny, 1.0 - 0.5 * kind.eps))
    is_upper = y > (alpha + 0.2) / (alpha + beta + 0.4)
    # The upper tail is the lower tail of 1 - y with the parameters exchanged.
    a, b = torch.where(is_upper, beta, alpha), torch.where(is_upper, alpha, beta)
    near, far = torch.where(is_upper, 1.0 - y, y), torch.where(is_upper, y, 1.0 - y)
    odds = near / far
    a_, b_, odds_ = a.unsqueeze(-1), b.unsqueeze(-1), odds.unsqueeze(-1)

    def exponent(w: Tensor) -> Tensor:
        return (b_ - 1.0) * (
            -odds_ * expm1(-w)
        ).log1p() - a_ * w  # the distance to the end shrinks as exp(-w)

    push = (b - 1.0).clamp(min=1e-30) * odds
    slope = (a - push).clamp(min=0.0)
    rate = slope + ((2.0 / (push * (1.0 + odds))).sqrt() + a.reciprocal()).reciprocal()
    total = alpha + beta
    log_tail = log_beta_kernel(alpha / total, total, y) - far.log() + log_tail_integral(exponent, rate)
    log_tail = log_tail.clamp(max=0.0)
    log_other = log_complement(log_tail)
    return torch.where(is_upper, log_other, log_tail), torch.where(is_upper, log_tail, log_other)
