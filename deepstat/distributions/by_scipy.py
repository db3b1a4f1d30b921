"""Functions of SciPy on tensors: for predictions, where no gradient is needed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor


def by_scipy(function: Callable[..., Any], *arguments: Tensor) -> Tensor:
    """Apply an elementwise function of arrays in float64; the result has the first argument's dtype and device.

    Parameters
    ----------
    function : callable
        Takes arrays that broadcast, as those of ``scipy.special`` do.
    *arguments : Tensor

    Returns
    -------
    Tensor
        Detached: nothing flows back through it, and it cannot run under ``vmap``.

    Examples
    --------
    >>> import scipy.special
    >>> by_scipy(scipy.special.gammainc, torch.tensor([1.0, 2.0]), torch.tensor(1.0))
    tensor([0.6321, 0.2642])
    """
    first = arguments[0]
    result = function(*(each.detach().to("cpu", torch.float64).numpy() for each in arguments))
    return torch.as_tensor(np.asarray(result)).to(first)
