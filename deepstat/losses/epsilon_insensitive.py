"""The epsilon-insensitive loss of support vector regression."""

from __future__ import annotations

from torch import Tensor

from deepstat.losses.options import Number, check_option


def epsilon_insensitive(prediction: Tensor, target: Tensor, *, epsilon: Number = 0.1) -> Tensor:
    """Return max(0, |r| - epsilon): residuals inside the tube cost nothing.

    Parameters
    ----------
    prediction, target : Tensor of shape (n, k)
    epsilon : float >= 0
        Half width of the tube, in units of the target (the record's scale is 1). 0 gives ``absolute``.

    Returns
    -------
    Tensor of shape (n,)
        Mean over the k outputs.

    Examples
    --------
    >>> import torch
    >>> epsilon_insensitive(torch.tensor([[0.0], [0.0]]), torch.tensor([[0.25], [2.0]]), epsilon=0.5)
    tensor([0.0000, 1.5000])

    References
    ----------
    Vapnik (1995), The Nature of Statistical Learning Theory.
    """
    return ((target - prediction).abs() - epsilon).clamp(min=0.0).mean(dim=1)


def check_epsilon_insensitive(*, epsilon: float = 0.1) -> None:
    """Raise ``ValueError`` unless epsilon is finite and not negative.

    Examples
    --------
    >>> check_epsilon_insensitive(epsilon=0.0)
    """
    check_option("epsilon_insensitive: epsilon", epsilon, 0.0, float("inf"), closed="low")
