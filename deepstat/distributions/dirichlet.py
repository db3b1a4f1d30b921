"""The Dirichlet distribution of shares that sum to one."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from deepstat.distributions.beta import Beta
from deepstat.distributions.stirling_error import stirling_error


class Dirichlet(torch.distributions.Dirichlet):
    """Shares of a whole: compositions with all parts positive.

    A share of exactly zero or one has density 0 or infinity. In likelihoods shares are kept at the least positive
    number or above, so that gradients stay finite; data with zeros want another model, or shares drawn together first.

    Parameters
    ----------
    concentration : Tensor of shape (n, k)
        Positive; the mean is their share, and their sum the precision.

    Examples
    --------
    >>> shares = Dirichlet(torch.tensor([[1.0, 2.0, 1.0]]))
    >>> shares.mean, shares.log_prob(torch.tensor([[0.2, 0.5, 0.3]]))  # log 3
    (tensor([[0.2500, 0.5000, 0.2500]]), tensor([1.0986]))
    >>> shares.marginal(1).cdf(torch.tensor([0.5]))
    tensor([0.5000])

    References
    ----------
    Hijazi and Jernigan (2009), Modelling compositional data using Dirichlet regression models.
    """

    def log_prob(self, value: Tensor) -> Tensor:
        """Return the log density at shares (..., n, k)."""
        shape = self.concentration.clamp(min=1e-30)
        total = shape.sum(dim=-1)
        log_share = value.clamp(min=torch.finfo(value.dtype).tiny).log()
        # The log-gamma functions by Stirling's formula and its error: what is large becomes a divergence between the
        # shares and their mean, so that float32 keeps its digits for concentrations of 1e5.
        divergence = (shape * ((shape / total.unsqueeze(-1)).log() - log_share)).sum(dim=-1)
        rest = 0.5 * shape.log() - log_share - stirling_error(shape)
        constant = 0.5 * (value.shape[-1] - 1) * math.log(2 * math.pi)
        return rest.sum(dim=-1) - divergence + stirling_error(total) - 0.5 * total.log() - constant

    def marginal(self, column: int) -> Beta:
        """Return the distribution of one share, a beta distribution."""
        total = self.concentration.sum(dim=-1)
        return Beta(self.concentration[..., column] / total, total, validate_args=False)
