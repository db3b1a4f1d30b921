"""The log-loss that is left when probabilities have been calibrated by a temperature."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

# Inverse temperatures looked at: where a network separates its rows, there is no best one.
LEAST, MOST = 1 / 256, 256.0
STEPS = 30


def refined_loss(logits: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    """Return each member's least mean log-loss of ``softmax(b * logits)`` over b > 0.

    The log-loss of a classifier is its calibration error plus its refinement error, which reach their minima at
    different epochs. A temperature, fitted to the same rows, takes most of the first away, so what is left tells how
    well classes are told apart.

    Parameters
    ----------
    logits : Tensor of shape (K, n, C) or (K, n, 1)
        Log-odds of the classes, or of the second of two.
    target : Tensor of the same shape
        Class probabilities, or those of the second class.
    weight : Tensor of shape (K, n)

    Returns
    -------
    Tensor of shape (K,)

    Examples
    --------
    Logits three times too large, but right in three rows of four:

    >>> logits = torch.full((1, 4, 1), 3 * torch.tensor(3.0).log())
    >>> target = torch.tensor([1.0, 1.0, 1.0, 0.0]).view(1, 4, 1)
    >>> refined_loss(logits, target, torch.ones(1, 4)).round(decimals=4)
    tensor([0.5623])

    References
    ----------
    Berta, Holzmüller, Jordan and Bach (2025), Rethinking early stopping: refine, then calibrate, arXiv:2501.19195.
    """
    if logits.shape[2] == 1:
        logits = functional.pad(logits, (1, 0))
        target = torch.cat([1.0 - target, target], dim=2)
    share = (weight / weight.sum(dim=1, keepdim=True))[..., None]
    aim = (share * target * logits).sum(dim=(1, 2))
    low, high = torch.full_like(aim, LEAST), torch.full_like(aim, MOST)
    scale = torch.ones_like(aim)
    # The loss is convex in the scale: Newton's steps inside a bracket, halved on the logarithm where they leave it.
    for _ in range(STEPS):
        p = (scale[:, None, None] * logits).softmax(dim=2)
        mean = (p * logits).sum(dim=2, keepdim=True)
        slope = (share * mean).sum(dim=(1, 2)) - aim
        curvature = (share * p * (logits - mean).square()).sum(dim=(1, 2))
        low, high = torch.where(slope < 0, scale, low), torch.where(slope > 0, scale, high)
        step = scale - slope / curvature
        inside = (step > low) & (step < high)
        before, scale = scale, torch.where(inside, step, (low * high).sqrt())
        if bool(((scale - before).abs() <= 1e-6 * before).all()):
            break
    log_p = (scale[:, None, None] * logits).log_softmax(dim=2)
    return -(share * target * log_p).sum(dim=(1, 2))
