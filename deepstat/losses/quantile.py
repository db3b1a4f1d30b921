"""The quantile (pinball, check) loss."""

from __future__ import annotations

from torch import Tensor

from deepstat.losses.options import Number, check_option


def quantile(prediction: Tensor, target: Tensor, *, tau: Number = 0.5) -> Tensor:
    """Return tau r where r = target - prediction >= 0, and (tau - 1) r below; it predicts the tau-quantile.

    At ``tau=0.5`` it is |r|/2. A sub-gradient is used at r = 0.

    Parameters
    ----------
    prediction, target : Tensor of shape (n, k)
    tau : float in (0, 1)
        Level of the quantile.

    Returns
    -------
    Tensor of shape (n,)
        Mean over the k outputs.

    Examples
    --------
    >>> import torch
    >>> quantile(torch.tensor([[0.0], [0.0]]), torch.tensor([[1.0], [-1.0]]), tau=0.75)
    tensor([0.7500, 0.2500])

    References
    ----------
    Koenker and Bassett (1978), Regression quantiles, Econometrica 46.
    """
    residual = target - prediction
    return (tau * residual - residual.clamp(max=0.0)).mean(dim=1)


def check_quantile(*, tau: float = 0.5) -> None:
    """Raise ``ValueError`` unless tau lies strictly between 0 and 1.

    Examples
    --------
    >>> check_quantile(tau=0.9)
    """
    check_option("quantile: tau", tau, 0.0, 1.0)
