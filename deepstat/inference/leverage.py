"""Residuals of least squares, made as large as the errors are."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.utils import check_array


def leverage_adjusted(X: Any, residuals: np.ndarray) -> np.ndarray:
    """Divide training residuals by sqrt(1 - leverage), which gives them the variance of the errors.

    Exact for least squares with an intercept on the columns of X and equal error variances, for nothing else.

    Parameters
    ----------
    X : numeric table of shape (n, p)
    residuals : ndarray of shape (n,) or (n, k)

    Returns
    -------
    ndarray of the shape of `residuals`

    Raises
    ------
    ValueError
        A row has leverage one: the fit goes through it whatever its target is.

    References
    ----------
    Davison and Hinkley (1997), Bootstrap Methods and their Application, equation 6.9.

    Examples
    --------
    >>> leverage_adjusted([[0.0], [1.0], [2.0]], np.array([1.0, -2.0, 1.0])).round(3)
    array([ 2.449, -2.449,  2.449])
    """
    columns = check_array(X, dtype=np.float64)
    basis, sizes, _ = np.linalg.svd(columns - columns.mean(axis=0), full_matrices=False)
    rank = int((sizes > sizes.max(initial=0.0) * max(columns.shape) * np.finfo(float).eps).sum())
    leverage = 1 / len(columns) + (basis[:, :rank] ** 2).sum(axis=1)
    if (leverage > 1 - 1e-9).any():
        raise ValueError(
            f"Row {int(np.argmax(leverage))} has leverage 1, so that its residual says nothing of its error; "
            "leave it out, or use cross-fitted residuals."
        )
    return residuals / np.sqrt(1 - leverage).reshape(-1, *[1] * (residuals.ndim - 1))
