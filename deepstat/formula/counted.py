"""Rows as often as they count."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepstat.data.moments import counted_rows

MOST = 10_000_000  # rows that may be repeated for weights that are whole numbers
PARTS = 1_000_000


def counted(
    n: int, rows: NDArray[np.integer[Any]] | None, weight: NDArray[np.floating[Any]] | None
) -> NDArray[np.intp] | None:
    """Return each row as often as its weight says, for what is learned from rows alone (knots, centres).

    Weights that are whole numbers repeat rows exactly; of others, or very large ones, each row gets its
    share of a million, and once at least. None: all rows once.

    Examples
    --------
    >>> counted(3, None, np.array([2.0, 0.0, 1.0]))
    array([0, 0, 2])
    """
    chosen = counted_rows(n, rows, weight)
    if weight is None:
        return None if chosen is None else np.asarray(chosen, dtype=np.intp)
    chosen = np.arange(n) if chosen is None else np.asarray(chosen, dtype=np.intp)
    own = np.asarray(weight, dtype=np.float64)[chosen]
    if not ((own == np.round(own)).all() and own.sum() <= MOST):
        own = np.maximum(1.0, np.round(own / own.sum() * PARTS))
    return np.repeat(chosen, own.astype(np.int64))
