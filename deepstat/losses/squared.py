"""Half the squared residual."""

from __future__ import annotations

from torch import Tensor


def squared(prediction: Tensor, target: Tensor) -> Tensor:
    """Return half the squared residual, r²/2, whose minimiser is the conditional mean.

    The half makes the gradient r and the loss the negative log-likelihood of a normal with variance one, up
    to a constant. The robust losses of this package agree with it for small residuals.

    Parameters
    ----------
    prediction, target : Tensor of shape (n, k)

    Returns
    -------
    Tensor of shape (n,)
        Mean over the k outputs.

    Examples
    --------
    >>> import torch
    >>> squared(torch.tensor([[3.0]]), torch.tensor([[1.0]]))
    tensor([2.])

    References
    ----------
    Legendre (1805), Nouvelles méthodes pour la détermination des orbites des comètes.
    """
    return 0.5 * (target - prediction).square().mean(dim=1)
