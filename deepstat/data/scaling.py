"""The centre and scale of an encoded table on some of its rows, for each population member its own."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from deepstat.data.moments import moments


def learn_scaling(
    encoded: Any,
    rows: NDArray[np.integer[Any]] | None = None,
    weight: NDArray[np.floating[Any]] | None = None,
    *,
    n_numeric: int | None = None,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Learn what to subtract from, and multiply, the columns of an encoded table.

    Parameters
    ----------
    encoded : ndarray or CSR matrix of shape (n, width)
        What :func:`deepstat.data.columns.encode` returns, or a plain numeric table.
    rows : ndarray of int or None
        The rows to learn from; all by default.
    weight : ndarray of shape (n,) or None
        A frequency for each row of the table.
    n_numeric : int or None
        Number of float columns; the code columns after them get 0 and 1. None: all are float columns.

    Returns
    -------
    center, inverse_scale : ndarray of shape (width,), float64
        ``(encoded - center) * inverse_scale`` has mean 0 and standard deviation 1 over the rows; columns that
        are constant there have `inverse_scale` 0. A sparse table is scaled and never centred, as that would
        fill it.

    Raises
    ------
    ValueError
        No row has a positive weight.

    Examples
    --------
    >>> import numpy as np
    >>> learn_scaling(np.array([[0.0, 5.0, 1.0], [4.0, 5.0, 2.0]]), n_numeric=2)
    (array([2., 5., 0.]), array([0.5, 0. , 1. ]))
    """
    width = encoded.shape[1]
    n_numeric = width if n_numeric is None else n_numeric
    center, inverse_scale = np.zeros(width), np.ones(width)
    if n_numeric == 0:
        return center, inverse_scale
    learned = moments(encoded[:, :n_numeric] if n_numeric < width else encoded, rows, weight)
    if not sparse.issparse(encoded):
        center[:n_numeric] = learned.mean
    inverse_scale[:n_numeric] = inverse(learned.deviation)
    return center, inverse_scale


def inverse(scale: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return ``1 / scale``, and 0 where the scale is 0.

    Examples
    --------
    >>> import numpy as np
    >>> inverse(np.array([4.0, 0.0]))
    array([0.25, 0.  ])
    """
    return np.divide(1.0, scale, out=np.zeros_like(scale), where=scale > 0)
