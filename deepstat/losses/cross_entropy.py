"""Cross-entropy of class probabilities."""

from __future__ import annotations

from typing import Literal

from torch import Tensor
from torch.nn import functional

from deepstat.distributions.log_ndtr import log_ndtr
from deepstat.losses.options import Number, check_option


def cross_entropy(
    prediction: Tensor,
    target: Tensor,
    *,
    label_smoothing: Number = 0.0,
    link: Literal["logit", "probit"] = "logit",
) -> Tensor:
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
    link : {"logit", "probit"}
        "probit", for two classes: the score is a quantile of the standard normal distribution.

    Returns
    -------
    Tensor of shape (n,)

    Raises
    ------
    ValueError
        A probit of more than two classes.

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
    prediction = to_logits(prediction, link)
    if prediction.shape[1] == 1:
        return functional.binary_cross_entropy_with_logits(prediction, smooth, reduction="none").squeeze(1)
    return -(smooth * prediction.log_softmax(dim=1)).sum(dim=1)


def to_logits(score: Tensor, link: str) -> Tensor:
    """Return raw scores as log-odds, also those that are normal quantiles.

    Examples
    --------
    >>> import torch
    >>> to_logits(torch.tensor([[1.96]]), "probit").sigmoid()
    tensor([[0.9750]])
    """
    if link == "logit":
        return score
    if score.shape[1] > 1:
        raise ValueError(
            f"A probit has two classes, and the target has {score.shape[1]}: leave link='probit' out of loss_params."
        )
    return log_ndtr(score) - log_ndtr(-score)


def unsmooth_probabilities(raw: Tensor, *, label_smoothing: float = 0.0, link: str = "logit") -> Tensor:
    """Undo label smoothing: (q - s/C)/(1 - s), clipped at zero, rows summing to one again.

    A network that minimises the smoothed loss has q = (1 - s) p + s/C, so the true p is recovered exactly.

    Parameters
    ----------
    raw : Tensor of shape (n, C)
        Probabilities of the network; two columns for two classes.
    label_smoothing : float in [0, 1)
        As in training.
    link : str
        Has been followed already.

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


def check_cross_entropy(*, label_smoothing: float = 0.0, link: str = "logit") -> None:
    """Raise ``ValueError`` unless label_smoothing lies in [0, 1) and the link is known.

    Examples
    --------
    >>> check_cross_entropy(label_smoothing=0.1)
    """
    check_option("cross_entropy: label_smoothing", label_smoothing, 0.0, 1.0, closed="low")
    if link not in ("logit", "probit"):
        raise ValueError(f"cross_entropy: link={link!r} is unknown: choose 'logit' or 'probit'.")
