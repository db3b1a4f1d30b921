"""One learning rate throughout."""

from __future__ import annotations

import torch
from torch import Tensor


def constant(progress: Tensor) -> Tensor:
    """Return ones.

    Parameters
    ----------
    progress : Tensor of any shape
        Fractions of all steps done, in [0, 1).

    Returns
    -------
    Tensor of the same shape

    Examples
    --------
    >>> import torch
    >>> constant(torch.tensor([0.0, 0.5]))
    tensor([1., 1.])
    """
    return torch.ones_like(progress)
