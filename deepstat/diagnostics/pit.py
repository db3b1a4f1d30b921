"""Probability integral transform."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deepstat.diagnostics.generator import generator
from deepstat.diagnostics.pit_limits import pit_limits


def pit(y: ArrayLike, distribution: Any, *, random_state: int | None = 0) -> NDArray[np.float64]:
    """Return F(y) of each row; between F(y-) and F(y) at random where F jumps. Uniform if the predictions are right.

    Parameters
    ----------
    y : array-like of shape (n,), or (n, 2) with censoring
        As in :func:`deepstat.diagnostics.pit_limits.pit_limits`.
    distribution : PredictedDistribution
    random_state : int or None, default=0
        Of the numbers between the limits; a continuous distribution needs none. None: fresh ones at every call.

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
    Rosenblatt (1952), Remarks on a multivariate transformation, Annals of Mathematical Statistics 23.
    Brockwell (2007), Universal residuals: a multivariate transformation, Statistics and Probability Letters 77.

    Examples
    --------
    >>> class Uniform:
    ...     cdf = staticmethod(lambda y: np.clip(y, 0, 1))
    ...     def __len__(self):
    ...         return 2
    >>> pit([0.25, 0.5], Uniform()).round(6)
    array([0.25, 0.5 ])
    """
    lower, upper = pit_limits(y, distribution)
    return lower + (upper - lower) * generator(random_state).random(len(lower))
