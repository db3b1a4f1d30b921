"""The classical threshold unit."""

from __future__ import annotations

from torch import Tensor


def threshold(x: Tensor) -> Tensor:
    """Return 1 where x > 0 and else 0.

    Its gradient is zero wherever it exists, so gradient methods leave the layers below it as they are.

    Parameters
    ----------
    x : Tensor of any shape

    Returns
    -------
    Tensor of the same shape and dtype

    References
    ----------
    McCulloch and Pitts (1943), A logical calculus of the ideas immanent in nervous activity.

    Examples
    --------
    >>> import torch
    >>> threshold(torch.tensor([-1.0, 0.0, 2.0]))
    tensor([0., 0., 1.])
    """
    return (x > 0).to(x.dtype)
