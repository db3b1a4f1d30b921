"""Continuous ranked probability score from quantiles."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deepstat.metrics.levels import check_levels
from deepstat.metrics.numbers import average
from deepstat.metrics.pinball_loss import residuals


def crps_quantiles(
    y: ArrayLike,
    quantiles: ArrayLike,
    levels: ArrayLike,
    *,
    sample_weight: ArrayLike | None = None,
    per_row: bool = False,
) -> float | NDArray[np.float64]:
    """Return twice the pinball loss integrated over the levels: the CRPS of what the quantiles say.

    A level stands for the part of (0, 1) that is nearer to it than to the others. Levels (j - 1/2)/m give the CRPS of
    m equally likely values exactly; a continuous distribution's CRPS is approached as levels are added. Too few levels
    in a tail say too little about it.

    Parameters
    ----------
    y : array-like of shape (n,)
    quantiles : array-like of shape (n, m)
        Predicted quantiles, a column for each level.
    levels : array-like of shape (m,)
        In increasing order.
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
        Shapes do not fit, values are missing, or levels are out of range or order.

    References
    ----------
    Gneiting and Ranjan (2011), Comparing density forecasts using threshold- and quantile-weighted scoring rules,
    JBES 29.

    Examples
    --------
    >>> crps_quantiles([0.0], [[-1.0, 1.0]], [0.25, 0.75])
    0.5
    """
    tau = check_levels(levels, increasing=True)
    residual, tau = residuals(y, quantiles, tau, "quantiles")
    edges = np.concatenate([[0.0], (tau[1:] + tau[:-1]) / 2, [1.0]])
    scores = 2 * (tau * residual - np.minimum(residual, 0)) @ np.diff(edges)
    return average(scores, sample_weight, per_row=per_row)
