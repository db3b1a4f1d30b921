"""Training rows that starts may look at."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True)
class Sample:
    """Some training rows as they are trained on.

    Attributes
    ----------
    x : Tensor of shape (n, width)
        Encoded rows.
    target : Tensor of shape (n, k) or None
        Encoded target of these rows: numbers, standardised where the loss allows it; for two classes the probability
        of the second, for more the probability of each. Ends of open intervals are infinite.
    weight : Tensor of shape (n,) or None
        Positive weights of the rows, frequencies; None: one each.

    Examples
    --------
    >>> import torch
    >>> Sample(torch.zeros(3, 2)).target is None
    True
    """

    x: Tensor
    target: Tensor | None = None
    weight: Tensor | None = None
