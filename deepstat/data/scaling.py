"""One over a scale, where a constant column has none."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def inverse(scale: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return ``1 / scale``, and 0 where the scale is 0.

    Examples
    --------
    >>> import numpy as np
    >>> inverse(np.array([4.0, 0.0]))
    array([0.25, 0.  ])
    """
    return np.divide(1.0, scale, out=np.zeros_like(scale), where=scale > 0)
