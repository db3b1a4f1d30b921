"""Tukey's biweight: large residuals have no influence at all."""

from __future__ import annotations

from torch import Tensor

from deepstat.losses.options import Number, check_option


def tukey(prediction: Tensor, target: Tensor, *, c: Number = 4.685) -> Tensor:
    """Return c²/6 (1 - (1 - (r/c)²)³) where |r| <= c, and c²/6 beyond.

    Half convention: r²/2 for small residuals. The default gives 95% efficiency at the normal when residuals
    are in units of their standard deviation (``scale="mad"``). The loss is not convex and its gradient is
    zero beyond c, so the estimators start it from a Huber fit.

    Parameters
    ----------
    prediction, target : Tensor of shape (n, k)
    c : float > 0
        Residuals beyond c have no influence.

    Returns
    -------
    Tensor of shape (n,)
        Mean over the k outputs.

    Examples
    --------
    >>> import torch
    >>> tukey(torch.tensor([[0.0], [0.0]]), torch.tensor([[6.0], [900.0]]), c=6.0)
    tensor([6., 6.])

    References
    ----------
    Beaton and Tukey (1974), The fitting of power series, Technometrics 16.
    """
    kept = (1.0 - ((target - prediction) / c).square()).relu()
    return (c * c / 6.0) * (1.0 - kept.pow(3).mean(dim=1))


def check_tukey(*, c: float = 4.685) -> None:
    """Raise ``ValueError`` unless c is positive and finite.

    Examples
    --------
    >>> check_tukey(c=3.0)
    """
    check_option("tukey: c", c, 0.0, float("inf"))
