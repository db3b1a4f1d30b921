"""The hinge loss of support vector machines, for two and for more classes."""

from __future__ import annotations

import torch
from torch import Tensor


def hinge(prediction: Tensor, target: Tensor) -> Tensor:
    """Return the hinge loss: max(0, 1 - s f) for two classes, Crammer and Singer's margin for more.

    Two classes: f is the score and s is -1 for the first class, 1 for the second. More: 1 + max_{j != y} f_j
    - f_y, clipped at zero. Soft targets mix the losses of the classes. Scores only: the hinge loss gives no
    probabilities.

    Parameters
    ----------
    prediction : Tensor of shape (n, 1) or (n, C)
        Raw scores.
    target : Tensor of the same shape
        Probability of the second class, or of each class (rows sum to one).

    Returns
    -------
    Tensor of shape (n,)

    Examples
    --------
    >>> import torch
    >>> hinge(torch.tensor([[0.5], [0.5]]), torch.tensor([[1.0], [0.0]]))
    tensor([0.5000, 1.5000])
    >>> hinge(torch.tensor([[2.0, 1.5, 0.0]]), torch.tensor([[1.0, 0.0, 0.0]]))
    tensor([0.5000])

    References
    ----------
    Cortes and Vapnik (1995), Support-vector networks; Crammer and Singer (2001), On the algorithmic
    implementation of multiclass kernel-based vector machines, JMLR 2.
    """
    if prediction.shape[1] == 1:
        first, second = (1.0 + prediction).clamp(min=0.0), (1.0 - prediction).clamp(min=0.0)
        return torch.lerp(first, second, target).squeeze(1)
    best, runner_up = prediction.topk(2, dim=1).values.split(1, dim=1)
    rival = torch.where(prediction == best, runner_up, best)  # the largest score of the other classes
    return (target * (1.0 + rival - prediction).clamp(min=0.0)).sum(dim=1)
