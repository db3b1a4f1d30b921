"""Both tails of the gamma distribution on the log scale, differentiable in the shape as well."""

from __future__ import annotations

import torch
from torch import Tensor

from deepstat.distributions.expm1 import expm1
from deepstat.distributions.gamma_kernel import log_gamma_kernel
from deepstat.distributions.log_complement import log_complement
from deepstat.distributions.tail_integral import log_tail_integral


def log_incomplete_gamma(concentration: Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
    """Return log P(a, x) and log Q(a, x), the regularised incomplete gamma functions.

    The smaller tail is one integral from x outwards and the other its complement, so both are right however small they
    are: to 1e-9 in float64 for a from 0.01 to 1e7.

    Parameters
    ----------
    concentration : Tensor
        The shape a, positive.
    x : Tensor
        Positive; 0 and less stand for the least positive number.

    Returns
    -------
    log_lower, log_upper : Tensor
        Of the common shape.

    Examples
    --------
    >>> lower, upper = log_incomplete_gamma(torch.tensor([1.0, 1.0]), torch.tensor([1e-6, 80.0]))
    >>> lower
    tensor([-1.3816e+01, -1.8049e-35])
    >>> upper
    tensor([-1.0000e-06, -8.0000e+01])

    References
    ----------
    Gil, Segura and Temme (2012), Efficient and accurate algorithms for the computation and inversion of the incomplete
    gamma function ratios, SIAM J. Sci. Comput. 34.
    """
    a, x = torch.broadcast_tensors(concentration, x.clamp(min=torch.finfo(x.dtype).tiny))
    is_upper = x > a + 0.2  # for shapes near 0 the lower tail is no longer small there
    a_, x_, is_upper_ = a.unsqueeze(-1), x.unsqueeze(-1), is_upper.unsqueeze(-1)

    def exponent(w: Tensor) -> Tensor:
        # Above: t = x (1 + w). Below: t = x exp(-w). So the slope falls to that of an exponential on both sides.
        return torch.where(is_upper_, (a_ - 1.0) * w.log1p() - x_ * w, -a_ * w - x_ * expm1(-w))

    # Of an integrand exp(-d w - c w²/2) that ends as exp(-e w): d + 1 / (sqrt(2 / c) + 1 / e).
    beyond = (a - 1.0).clamp(min=1e-30)
    slope = torch.where(is_upper, x - beyond, a - x).clamp(min=0.0)
    bend = torch.where(is_upper, beyond, x)
    end = torch.where(is_upper, x, a)
    rate = slope + ((2.0 / bend).sqrt() + end.reciprocal()).reciprocal()
    log_tail = log_gamma_kernel(a, x / a) + log_tail_integral(exponent, rate)
    # In rounding a tail may exceed one by its last bit.
    log_tail = log_tail.clamp(max=0.0)
    log_other = log_complement(log_tail)
    return torch.where(is_upper, log_other, log_tail), torch.where(is_upper, log_tail, log_other)
