"""Where a distribution on the line begins and ends."""

from __future__ import annotations

import math
from typing import Any

from torch import Tensor
from torch.distributions import constraints

End = float | Tensor


def support_ends(support: Any) -> tuple[End, End]:
    """Return the lower and the upper end of a support on the line; infinite where there is none.

    Parameters
    ----------
    support : torch.distributions.constraints.Constraint

    Returns
    -------
    tuple of two floats, or Tensors of shape (n,)

    Examples
    --------
    >>> from torch.distributions import constraints
    >>> support_ends(constraints.positive), support_ends(constraints.integer_interval(0, 3))
    ((0.0, inf), (0, 3))
    """
    if support is constraints.boolean:
        return 0.0, 1.0
    return getattr(support, "lower_bound", -math.inf), getattr(support, "upper_bound", math.inf)
