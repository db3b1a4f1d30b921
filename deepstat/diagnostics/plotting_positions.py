"""Where ordered residuals are expected."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from deepstat.metrics.numbers import counts


def plotting_positions(
    residuals: NDArray[np.float64], sample_weight: Any = None
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return expected normal quantiles, ordered residuals and their weights; rows of weight 0 are left out.

    The i-th of n is expected at the (i - 1/2)/n quantile; with weights at the middle of its share.

    Parameters
    ----------
    residuals : ndarray of shape (n,)
    sample_weight : array-like of shape (n,) or None

    Examples
    --------
    >>> expected, ordered, weight = plotting_positions(np.array([1.0, -2.0, 0.0]))
    >>> expected.round(3), ordered, weight
    (array([-0.967,  0.   ,  0.967]), array([-2.,  0.,  1.]), array([1., 1., 1.]))
    """
    weight = counts(sample_weight, len(residuals))
    order = np.argsort(residuals, kind="stable")
    order = order[weight[order] > 0]
    weight = weight[order]
    return ndtri((weight.cumsum() - weight / 2) / weight.sum()), residuals[order], weight
