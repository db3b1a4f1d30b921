"""Cross-entropy of class probabilities."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional

from deepstat.losses.options import Number, check_option


def cross_entropy(prediction: Tensor, target: Tensor, *, label_smoothing: Number = 0.0) -> Tensor:
    """Return -sum_c y_c log q_c, where q is the sigmoid or softmax of the raw scores.

    For soft targets it is the Kullback-Leibler divergence of q from y plus the entropy of y, which no network
    can change: gradients are equal, and the value is not zero at q = y.

    Parameters
    ----------
    prediction : Tensor of shape (n, 1) or (n, C)
        Raw scores: one logit of the second class, or one score a class.
    target : Tensor of the same shape
        Probability of the second class, or of each class (rows sum to one).
    label_smoothing : float in [0, 1)
        The target is mixed with the uniform distribution: (1 - s) y + s/C.

    Returns
    -------
    Tensor of shape (n,)

    Examples
    --------
    >>> import torch
    >>> cross_entropy(torch.zeros(1, 1), torch.ones(1, 1)), cross_entropy(torch.zeros(1, 4), torch.eye(4)[:1])
    (tensor([0.6931]), tensor([1.3863]))

    References
    ----------
    Good (1952), Rational decisions, JRSS B 14; smoothing: Szegedy et al. (2016), Rethinking the Inception
    architecture, CVPR.
    """
    n_classes = max(prediction.shape[1], 2)
    smooth = target + label_smoothing * (1.0 / n_classes - target)
    if prediction.shape[1] == 1:
        return functional.binary_cross_entropy_with_logits(prediction, smooth, reduction="none").squeeze(1)
    return -(smooth * prediction.log_softmax(dim=1)).sum(dim=1)


def unsmooth_probabilities(raw: Tensor, *, label_smoothing: float = 0.0) -> Tensor:
    """Undo label smoothing: (q - s/C)/(1 - s), clipped at zero, rows summing to one again.

    A network that minimises the smoothed loss has q = (1 - s) p + s/C, so the true p is recovered exactly.

    Parameters
    ----------
    raw : Tensor of shape (n, C)
        Probabilities of the network; two columns for two classes.
    label_smoothing : float in [0, 1)
        As in training.

    Returns
    -------
    Tensor of shape (n, C)

    Examples
    --------
    >>> import torch
    >>> unsmooth_probabilities(torch.tensor([[0.75, 0.25]]), label_smoothing=0.5)
    tensor([[1., 0.]])
    """
    clipped = ((raw - label_smoothing / raw.shape[1]) / (1.0 - label_smoothing)).clamp(min=0.0)
    return clipped / clipped.sum(dim=1, keepdim=True)


def check_cross_entropy(*, label_smoothing: float = 0.0) -> None:
    """Raise ``ValueError`` unless label_smoothing lies in [0, 1).

    Examples
    --------
    >>> check_cross_entropy(label_smoothing=0.1)
    """
    check_option("cross_entropy: label_smoothing", label_smoothing, 0.0, 1.0, closed="low")
