"""Clusters in words and numbers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def clusters(groups: NDArray | None, weight: NDArray[np.float64], correction: str) -> tuple[str, float]:
    """Describe clusters, and return the degrees of freedom that they leave: groups - 1.

    Examples
    --------
    >>> clusters(np.array(["a", "a", "b"]), np.ones(3), "full")
    ("cluster (2 groups, correction 'full')", 1.0)
    """
    n_groups = len(np.unique(np.asarray(groups)[weight > 0]))
    return f"cluster ({n_groups} groups, correction {correction!r})", n_groups - 1.0
