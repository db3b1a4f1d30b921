"""Half the gamma deviance, on the log scale."""

from __future__ import annotations

from torch import Tensor

from deepstat.distributions.expm1 import expm1


def gamma(prediction: Tensor, target: Tensor) -> Tensor:
    """Return (y - mu)/mu - log(y/mu) with mu = exp(prediction): half the gamma deviance.

    Half convention: (log y - log mu)²/2 for mu near y, zero at mu = y. Up to terms in y it is the negative
    log-likelihood of a gamma (or, for its mean, of an exponential) with shape 1.

    Parameters
    ----------
    prediction : Tensor of shape (n, k)
        Raw output before the link: the logarithm of the mean.
    target : Tensor of shape (n, k)
        Positive.

    Returns
    -------
    Tensor of shape (n,)
        Mean over the k outputs.

    Examples
    --------
    >>> import torch
    >>> gamma(torch.zeros(2, 1), torch.tensor([[1.0], [2.0]]))  # 0, and 1 - log 2
    tensor([0.0000, 0.3069])

    References
    ----------
    Nelder and Wedderburn (1972), Generalized linear models, JRSS A 135.
    """
    log_ratio = target.log() - prediction
    return (expm1(log_ratio) - log_ratio).mean(dim=1)
