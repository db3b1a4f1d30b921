"""Pinball loss of quantiles."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deepstat.metrics.levels import check_levels
from deepstat.metrics.numbers import average, numbers


def pinball_loss(
    y: ArrayLike,
    quantiles: ArrayLike,
    levels: ArrayLike,
    *,
    sample_weight: ArrayLike | None = None,
    per_row: bool = False,
) -> float | NDArray[np.float64]:
    """Return tau r where r = y - quantile >= 0 and (tau - 1) r below, averaged over levels and rows.

    Parameters
    ----------
    y : array-like of shape (n,)
    quantiles : array-like of shape (n,) or (n, m)
        Predicted quantiles, a column for each level.
    levels : float or array-like of shape (m,)
        tau of each column.
    sample_weight : array-like of shape (n,) or None
        Frequencies.
    per_row : bool, default=False
        Return the loss of each row.

    Returns
    -------
    float, or ndarray of shape (n,)

    Raises
    ------
    ValueError
        Shapes do not fit, values are missing, or a level is not between 0 and 1.

    References
    ----------
    Koenker and Bassett (1978), Regression quantiles, Econometrica 46.

    Examples
    --------
    >>> pinball_loss([1.0, -1.0], [0.0, 0.0], 0.75)
    0.5
    """
    residual, tau = residuals(y, quantiles, levels, "quantiles")
    return average((tau * residual - np.minimum(residual, 0)).mean(axis=1), sample_weight, per_row=per_row)


def residuals(
    y: Any, predictions: Any, levels: Any, name: str
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return y minus predictions (n, m), and the levels (m,), both checked.

    Parameters
    ----------
    y : array-like of shape (n,)
    predictions : array-like of shape (n,) or (n, m)
    levels : float or array-like of shape (m,)
    name : str
        Of the predictions, for the error.

    Examples
    --------
    >>> residuals([3.0], [[1.0, 2.0]], [0.1, 0.9], "quantiles")
    (array([[2., 1.]]), array([0.1, 0.9]))
    """
    tau = check_levels(levels)
    y = numbers("y", y, (None,))
    array = np.asarray(predictions)
    if array.ndim == 1 and len(tau) == 1:
        array = array[:, None]
    return y[:, None] - numbers(name, array, (len(y), len(tau))), tau
