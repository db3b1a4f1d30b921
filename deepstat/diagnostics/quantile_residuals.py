"""Quantile residuals."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from deepstat.diagnostics.pit import pit

# The float64 next below 1 is 1 - EPS: residuals end at 8.2 on either side.
EPS = np.finfo(np.float64).epsneg


def quantile_residuals(
    y: ArrayLike, distribution: Any, *, random_state: int | None = 0
) -> NDArray[np.float64]:
    """Return the standard normal quantile of each row's PIT: standard normal if the predictions are right.

    Discrete rows are randomised within their jump, censored ones within what is known: look at several seeds before
    you read a pattern into them. Residuals end at 8.2 standard deviations on either side, where float64 does.

    Parameters
    ----------
    y : array-like of shape (n,), or (n, 2) with censoring
        As in :func:`deepstat.diagnostics.pit_limits.pit_limits`.
    distribution : PredictedDistribution
    random_state : int or None, default=0
        Of the randomisation; a continuous distribution needs none. None: fresh numbers at every call.

    Returns
    -------
    ndarray of shape (n,)

    Raises
    ------
    ValueError
        Shapes do not fit, or values are missing.
    NotImplementedError
        The family has no cdf.

    References
    ----------
    Dunn and Smyth (1996), Randomized quantile residuals, Journal of Computational and Graphical Statistics 5.

    Examples
    --------
    >>> from scipy import stats
    >>> class Normal:
    ...     cdf = staticmethod(stats.norm(10, 2).cdf)
    ...     def __len__(self):
    ...         return 2
    >>> quantile_residuals([12.0, 6.0], Normal()).round(6)
    array([ 1., -2.])
    """
    return ndtri(np.clip(pit(y, distribution, random_state=random_state), EPS, 1 - EPS))
