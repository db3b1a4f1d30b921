"""Take out of a network's outputs what a linear part can say."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def orthogonalise(
    outputs: NDArray[np.float64], columns: NDArray[np.float64], weight: NDArray[np.float64] | None = None
) -> NDArray[np.float64]:
    """Return the coefficients of the weighted least squares projection of outputs on columns.

    ``outputs - columns @ coefficients`` is orthogonal to every column over the rows given; moving ``columns
    @ coefficients`` to the linear part changes no prediction. Dependent columns get the smallest coefficients.

    Parameters
    ----------
    outputs : ndarray of shape (n, k)
    columns : ndarray of shape (n, q)
    weight : ndarray of shape (n,) or None

    Returns
    -------
    ndarray of shape (q, k)

    References
    ----------
    Ruegamer (2023), A new PHO-rmula for improved performance of semi-structured networks, ICML.

    Examples
    --------
    >>> orthogonalise(np.array([[1.0], [2.0], [6.0]]), np.ones((3, 1)))
    array([[3.]])
    """
    if columns.shape[1] == 0:
        return np.zeros((0, outputs.shape[1]))
    root = np.ones(len(columns)) if weight is None else np.sqrt(weight)
    return np.linalg.lstsq(columns * root[:, None], outputs * root[:, None], rcond=None)[0]
