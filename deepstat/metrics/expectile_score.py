"""Score of expectiles."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deepstat.metrics.numbers import average
from deepstat.metrics.pinball_loss import residuals


def expectile_score(
    y: ArrayLike,
    expectiles: ArrayLike,
    levels: ArrayLike,
    *,
    sample_weight: ArrayLike | None = None,
    per_row: bool = False,
) -> float | NDArray[np.float64]:
    """Return |tau - 1(r < 0)| r² with r = y - expectile, averaged over levels and rows; at tau = 1/2 this is r²/2.

    Parameters
    ----------
    y : array-like of shape (n,)
    expectiles : array-like of shape (n,) or (n, m)
        Predicted expectiles, a column for each level.
    levels : float or array-like of shape (m,)
        tau of each column.
    sample_weight : array-like of shape (n,) or None
        Frequencies.
    per_row : bool, default=False
        Return the score of each row.

    Returns
    -------
    float, or ndarray of shape (n,)

    Raises
    ------
    ValueError
        Shapes do not fit, values are missing, or a level is not between 0 and 1.

    References
    ----------
    Newey and Powell (1987), Asymmetric least squares estimation and testing, Econometrica 55.
    Gneiting (2011), Making and evaluating point forecasts, JASA 106.

    Examples
    --------
    >>> expectile_score([2.0, -2.0], [0.0, 0.0], 0.75)
    2.0
    """
    residual, tau = residuals(y, expectiles, levels, "expectiles")
    scores = np.abs(tau - (residual < 0)) * residual**2
    return average(scores.mean(axis=1), sample_weight, per_row=per_row)
