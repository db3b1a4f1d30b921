"""Wald's test of linear hypotheses."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from scipy.special import chdtrc, fdtrc


class WaldTest(NamedTuple):
    """Wald's test.

    Attributes
    ----------
    statistic : float
        Chi-squared, or F (chi-squared over its degrees of freedom) where the residual ones are finite.
    p_value : float
    df : int
        Number of independent hypotheses.
    df_resid : float
        Infinite for the chi-squared test.
    """

    statistic: float
    p_value: float
    df: int
    df_resid: float


def wald_test(
    coef: np.ndarray, cov: np.ndarray, restriction: Any = None, value: Any = 0.0, *, df_resid: float = np.inf
) -> WaldTest:
    """Test R b = r.

    Parameters
    ----------
    coef : ndarray of shape (q,)
    cov : ndarray of shape (q, q)
    restriction : array-like of shape (m, q) or (q,), or None
        R. None: the identity, all coefficients at once.
    value : float or array-like of shape (m,), default=0.0
        r.
    df_resid : float, default=inf
        Of the F test; infinite: chi-squared.

    Returns
    -------
    WaldTest

    Raises
    ------
    ValueError
        R has not q columns, or its rows are linearly dependent.

    Examples
    --------
    >>> wald_test(np.array([2.0, 1.0]), np.eye(2)).statistic
    5.0
    >>> round(wald_test(np.array([2.0, 1.0]), np.eye(2), [1, -1]).p_value, 4)  # b1 = b2
    0.4795
    """
    matrix = (
        np.eye(len(coef)) if restriction is None else np.atleast_2d(np.asarray(restriction, dtype=np.float64))
    )
    if matrix.ndim != 2 or matrix.shape[1] != len(coef):
        raise ValueError(
            f"The restriction has shape {np.shape(restriction)}; give rows of {len(coef)} numbers, one a coefficient."
        )
    if np.linalg.matrix_rank(matrix) < len(matrix):
        raise ValueError(
            "Rows of the restriction are linearly dependent; leave out those that follow from others."
        )
    apart = matrix @ coef - np.asarray(value, dtype=np.float64)
    statistic = float(apart @ np.linalg.solve(matrix @ cov @ matrix.T, apart))
    df = len(matrix)
    if np.isinf(df_resid):
        return WaldTest(statistic, float(chdtrc(df, statistic)), df, df_resid)
    return WaldTest(statistic / df, float(fdtrc(df, df_resid, statistic / df)), df, df_resid)
