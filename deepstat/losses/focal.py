"""The focal loss, and the map that turns its scores into probabilities."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from deepstat.losses.options import Number, check_option


def focal(prediction: Tensor, target: Tensor, *, gamma: Number = 2.0, alpha: Number | None = None) -> Tensor:
    """Return -sum_c y_c (1 - q_c)^gamma log q_c: rows that are already right count less.

    The loss is not proper: the minimising q is not the class probability but pulled towards the uniform
    distribution. :func:`focal_probabilities` undoes this. ``gamma=0`` without alpha is ``cross_entropy``.

    Parameters
    ----------
    prediction : Tensor of shape (n, 1) or (n, C)
        Raw scores: one logit of the second class, or one score a class.
    target : Tensor of the same shape
        Probability of the second class, or of each class (rows sum to one); soft targets mix.
    gamma : float >= 0
        Focus.
    alpha : float in (0, 1) or None
        Two classes only: weight alpha for the second class and 1 - alpha for the first. None: weight one.

    Returns
    -------
    Tensor of shape (n,)

    Raises
    ------
    ValueError
        alpha was given for more than two classes.

    Examples
    --------
    >>> import torch
    >>> focal(torch.zeros(1, 1), torch.ones(1, 1), gamma=2.0)  # log 2 / 4
    tensor([0.1733])

    References
    ----------
    Lin, Goyal, Girshick, He and Dollár (2017), Focal loss for dense object detection, ICCV.
    """
    if prediction.shape[1] == 1:
        first, second = 1.0 - target, target
        if alpha is not None:
            first, second = (1.0 - alpha) * first, alpha * second
        prediction, target = functional.pad(prediction, (1, 0)), torch.cat([first, second], dim=1)
    elif alpha is not None:
        raise ValueError(
            f"focal: alpha={alpha} weighs two classes, not {prediction.shape[1]}; leave it None."
        )
    log_q = prediction.log_softmax(dim=1)
    # The clamp keeps the power's slope finite where q rounds to one; the loss there is below rounding.
    rest = (1.0 - log_q.exp()).clamp(min=torch.finfo(log_q.dtype).eps)
    return -(target * rest.pow(gamma) * log_q).sum(dim=1)


def focal_probabilities(raw: Tensor, *, gamma: float = 2.0, alpha: float | None = None) -> Tensor:
    """Return the class probabilities p behind the minimisers q of the focal loss.

    p_i is proportional to q_i / ((1 - q_i)^gamma - gamma (1 - q_i)^(gamma - 1) q_i log q_i), for any number
    of classes; with alpha the result is divided by (1 - alpha, alpha) and normalised again. Computed in
    logarithms, so that probabilities of exactly 0 and 1 stay what they are.

    Parameters
    ----------
    raw : Tensor of shape (n, C)
        Sigmoid or softmax of the network's scores; two columns for two classes.
    gamma, alpha
        As in training.

    Returns
    -------
    Tensor of shape (n, C)

    Examples
    --------
    >>> import torch
    >>> focal_probabilities(torch.tensor([[0.7497, 0.2503]], dtype=torch.float64)).round(decimals=3)
    tensor([[0.9500, 0.0500]], dtype=torch.float64)

    References
    ----------
    Charoenphakdee, Vongkulbhisal, Chairatanakul and Sugiyama (2021), On focal loss for class-posterior
    probability estimation: a theoretical perspective, CVPR.
    """
    info = torch.finfo(raw.dtype)
    log_q = raw.clamp(min=info.tiny).log()
    rest = (1.0 - raw).clamp(min=info.eps)
    log_p = log_q - gamma * rest.log() - (1.0 - gamma * raw * log_q / rest).log()
    if alpha is not None:
        log_p = log_p - log_p.new_tensor([1.0 - alpha, alpha]).log()
    return log_p.softmax(dim=1)


def check_focal(*, gamma: float = 2.0, alpha: float | None = None) -> None:
    """Raise ``ValueError`` unless gamma is finite and not negative, and alpha None or in (0, 1).

    Examples
    --------
    >>> check_focal(gamma=0.5, alpha=0.25)
    """
    check_option("focal: gamma", gamma, 0.0, float("inf"), closed="low")
    if alpha is not None:
        check_option("focal: alpha", alpha, 0.0, 1.0)
