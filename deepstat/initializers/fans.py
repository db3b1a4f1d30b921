"""How many inputs and outputs a weight connects."""

from __future__ import annotations

import math
from collections.abc import Sequence


def fans(shape: Sequence[int]) -> tuple[int, int]:
    """Return (fan_in, fan_out): the inputs that one output sums, and the outputs that one input feeds.

    Parameters
    ----------
    shape : sequence of int
        (outputs, inputs), and the kernel's axes for a convolution.

    Returns
    -------
    tuple of int
        At least one each, so that the weight of a layer without inputs (no numbers) has a scale.

    Raises
    ------
    ValueError
        The shape has fewer than two axes.

    Examples
    --------
    >>> fans((3, 5)), fans((16, 8, 3, 3))
    ((5, 3), (72, 144))
    """
    if len(shape) < 2:
        raise ValueError(
            f"A weight of shape {tuple(shape)} has no inputs and outputs; initialise it by zeros, constant, normal or "
            "uniform."
        )
    receptive = math.prod(shape[2:])
    return max(1, shape[1] * receptive), max(1, shape[0] * receptive)
