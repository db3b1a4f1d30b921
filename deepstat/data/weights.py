"""Check sample weights."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import check_array


def check_weights(sample_weight: Any, n: int) -> NDArray[np.floating[Any]] | None:
    """Check the weights of n rows.

    Parameters
    ----------
    sample_weight : None, number or array-like of shape (n,)
        Frequencies: weight 2 is the row twice, weight 0 leaves it out. A number stands for all rows.
    n : int
        Number of rows.

    Returns
    -------
    ndarray of shape (n,) or None
        float32 or float64 as given, anything else as float64; None stays None.

    Raises
    ------
    ValueError
        Weights are negative, missing or infinite, all zero, not one-dimensional, or not n.

    Examples
    --------
    >>> check_weights([1, 2, 0], 3)
    array([1., 2., 0.])
    """
    if sample_weight is None:
        return None
    if isinstance(sample_weight, (int, float, np.number)):
        sample_weight = np.full(n, sample_weight, dtype=np.float64)
    weight = check_array(
        sample_weight,
        ensure_2d=False,
        allow_nd=True,
        dtype=(np.float64, np.float32),
        input_name="sample_weight",
    )
    if weight.ndim != 1:
        raise ValueError(
            f"Sample weights must be 1D array or scalar, got {weight.ndim}D array; give one for each row."
        )
    if len(weight) != n:
        raise ValueError(f"sample_weight has {len(weight)} entries for {n} rows; give one for each row.")
    if (weight < 0).any():
        raise ValueError(
            f"Negative values in sample_weight: {np.count_nonzero(weight < 0)} entries such as "
            f"{weight[weight < 0][0]:g}; weights are frequencies, 0 or more."
        )
    if not weight.any():
        raise ValueError("All entries of sample_weight are zero; give at least one row a positive weight.")
    return weight
