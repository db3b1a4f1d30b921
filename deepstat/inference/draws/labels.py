"""Labels of rows as whole numbers."""

from __future__ import annotations

from typing import Any

import numpy as np


def codes_of(name: str, labels: Any, n_rows: int | None = None) -> np.ndarray:
    """Return labels as codes 0, 1, ... in sorted order.

    Parameters
    ----------
    name : str
        What the labels are called in an error.
    labels : array-like of shape (n,)
    n_rows : int or None
        How many there must be.

    Returns
    -------
    ndarray of shape (n,) of int32

    Raises
    ------
    ValueError
        Labels are not one for each row, or some are missing.

    Examples
    --------
    >>> codes_of("clusters", ["b", "a", "b"])
    array([1, 0, 1], dtype=int32)
    """
    array = np.asarray(labels)
    if array.ndim != 1 or (n_rows is not None and len(array) != n_rows):
        wanted = "one label for each row" if n_rows is None else f"one label for each of {n_rows} rows"
        raise ValueError(f"{name} has shape {array.shape}; give {wanted}.")
    missing = array != array if array.dtype.kind != "O" else np.array([v is None or v != v for v in array])
    if np.any(missing):
        raise ValueError(
            f"{name} is missing for {int(np.sum(missing))} rows; give every row a label, or leave the rows out."
        )
    return np.unique(array, return_inverse=True)[1].astype(np.int32)
