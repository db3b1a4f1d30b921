"""The soft Dice loss, a measure of overlap over the whole batch."""

from __future__ import annotations

from torch import Tensor

from deepstat.losses.options import Number, check_option


def dice(
    prediction: Tensor, target: Tensor, *, smooth: Number = 0.01, weight: Tensor | None = None
) -> Tensor:
    """Return one minus the soft Dice coefficient, (2 mean(q y) + smooth) / (mean(q²) + mean(y²) + smooth).

    Means run over the rows of the batch, so that rare classes count as much as common ones; this is a loss of
    the batch, not of a row. Two classes: the coefficient of the second class. More: the mean over classes. It
    is zero where q = y, and it rewards overlap, not calibration: there are no probabilities to read from it.

    Parameters
    ----------
    prediction : Tensor of shape (n, 1) or (n, C)
        Raw scores: one logit of the second class, or one score a class.
    target : Tensor of the same shape
        Probability of the second class, or of each class (rows sum to one).
    smooth : float > 0
        Added above and below, as a share of the rows: an absent class that is not predicted then counts as right.
    weight : Tensor of shape (n,), optional
        Frequencies: weight 2 equals the row twice.

    Returns
    -------
    0-d Tensor

    Examples
    --------
    >>> import torch
    >>> dice(torch.zeros(2, 1), torch.tensor([[1.0], [0.0]]), smooth=0.25)  # q = 1/2: 1 - 0.75 / 1
    tensor(0.2500)

    References
    ----------
    Milletari, Navab and Ahmadi (2016), V-Net: fully convolutional neural networks for volumetric medical
    image segmentation, 3DV.
    """
    q = prediction.sigmoid() if prediction.shape[1] == 1 else prediction.softmax(dim=1)
    overlap, total = 2.0 * q * target, q.square() + target.square()
    if weight is not None:
        share = (weight / weight.mean()).unsqueeze(1)
        overlap, total = share * overlap, share * total
    return 1.0 - ((overlap.mean(dim=0) + smooth) / (total.mean(dim=0) + smooth)).mean()


def check_dice(*, smooth: float = 0.01) -> None:
    """Raise ``ValueError`` unless smooth is positive and finite.

    Examples
    --------
    >>> check_dice(smooth=0.01)
    """
    check_option("dice: smooth", smooth, 0.0, float("inf"))
