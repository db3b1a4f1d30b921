"""exp(x) - 1 that keeps its digits in compiled code too."""

from __future__ import annotations

from torch import Tensor


def expm1(x: Tensor) -> Tensor:
    """Return exp(x) - 1, right to the last digits for x near 0, eagerly and compiled.

    ``torch.compile`` writes ``torch.expm1`` on the CPU as ``exp(x) - 1``: in float32 that is 0 for x below 6e-8, and
    its logarithm infinite. The product 2 exp(x/2) sinh(x/2) survives, at the cost of three more operations.

    Parameters
    ----------
    x : Tensor
        Below -80 it stands for -80, where the answer is -1 in any case.

    Returns
    -------
    Tensor of the shape of `x`

    Examples
    --------
    >>> import torch
    >>> expm1(torch.tensor([1e-10, 1.0, -1000.0]))
    tensor([ 1.0000e-10,  1.7183e+00, -1.0000e+00])

    References
    ----------
    Higham (2002), Accuracy and Stability of Numerical Algorithms, section 1.14.
    """
    half = x.clamp(min=-80.0) / 2
    return 2 * half.exp() * half.sinh()
