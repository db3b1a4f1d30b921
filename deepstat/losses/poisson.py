"""Half the Poisson deviance, on the log scale."""

from __future__ import annotations

import torch
from torch import Tensor


def poisson(prediction: Tensor, target: Tensor) -> Tensor:
    """Return y log(y/mu) - (y - mu) with mu = exp(prediction): half the Poisson deviance.

    Half convention: (y - mu)²/(2 mu) for mu near y, zero at mu = y; the negative log-likelihood up to terms
    in y.

    Parameters
    ----------
    prediction : Tensor of shape (n, k)
        Raw output before the link: the logarithm of the mean. Overflows beyond 709 (float32: 88).
    target : Tensor of shape (n, k)
        Not negative; counts, or rates (with sample weights as exposures).

    Returns
    -------
    Tensor of shape (n,)
        Mean over the k outputs.

    Examples
    --------
    >>> import torch
    >>> poisson(torch.zeros(2, 1), torch.tensor([[0.0], [1.0]]))
    tensor([1., 0.])

    References
    ----------
    Nelder and Wedderburn (1972), Generalized linear models, JRSS A 135.
    """
    saturated = torch.xlogy(target, target) - target
    return (prediction.exp() - target * prediction + saturated).mean(dim=1)
