"""Which rows one refit learns from, with which weights and targets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Draw:
    """One refit of an estimator on rows of the table given.

    Attributes
    ----------
    rows : ndarray of int, shape (m,), or None
        Row numbers of the table; a row may come several times. None: all rows.
    weight : ndarray of shape (n,) or None
        A frequency for each row of the table; multiplies ``sample_weight``.
    y : array-like of shape (n,) or (n, k), or None
        Another target for the rows of the table.
    seed : int or None
        ``random_state`` of this refit; None: the estimator's own.
    groups : array-like of shape (n,) or None
        Rows of one group stay on one side of the validation split inside the fit. Copies of a row always do.
    order_seed : int or None
        Seed of the validation split and of the order of rows alone; None: `seed`. Draws that share it and the
        objects `rows`, `weight`, `y` and `groups` share validation rows, columns and batches, which are gathered once
        for all of them.
    params : mapping or None
        Parameters of the estimator in this refit, by the names that ``set_params`` takes.

    Examples
    --------
    >>> Draw(rows=np.array([0, 2, 2])).rows
    array([0, 2, 2])
    """

    rows: NDArray[np.integer[Any]] | None = None
    weight: NDArray[np.floating[Any]] | None = None
    y: Any = None
    seed: int | None = None
    groups: Any = None
    order_seed: int | None = None
    params: Mapping[str, Any] | None = None
