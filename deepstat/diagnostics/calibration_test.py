"""Formal tests of predicted distributions."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from deepstat.diagnostics.anderson_darling import anderson_darling
from deepstat.diagnostics.generator import generator
from deepstat.diagnostics.pit_limits import ATOM, pit_limits
from deepstat.diagnostics.quantile_residuals import EPS

# Expected count of a bin below which the chi-square approximation is doubtful (Cochran 1954).
LEAST_EXPECTED = 5


class CalibrationTest(NamedTuple):
    """A test of the hypothesis that every row's predicted distribution is right.

    Attributes
    ----------
    statistic, p_value : float
    test : str
    """

    statistic: float
    p_value: float
    test: str


def calibration_test(
    y: ArrayLike,
    distribution: Any,
    *,
    test: Literal["kolmogorov_smirnov", "anderson_darling", "chi_square"] = "anderson_darling",
    bins: int = 10,
    random_state: int | None = 0,
) -> CalibrationTest:
    """Test whether the PIT is uniform (the quantile residuals standard normal).

    The level is right for rows that are independent of each other and of the fit: on training rows the residuals of a
    fit look too good. A right PIT is necessary and not sufficient: forecasts that ignore X pass.

    Parameters
    ----------
    y : array-like of shape (n,)
    distribution : PredictedDistribution
    test : {"kolmogorov_smirnov", "anderson_darling", "chi_square"}, default="anderson_darling"
        The first two for continuous distributions only, Anderson-Darling being the more sensitive in the tails.
        Chi-square: counts of the PIT in equal bins; with jumps of the randomised PIT, so that a p-value near the
        threshold should be looked at under other seeds.
    bins : int, default=10
        For chi-square.
    random_state : int or None, default=0
        Of the randomisation.

    Returns
    -------
    CalibrationTest

    Raises
    ------
    ValueError
        The test is unknown, or does not suit the distribution or the number of rows.
    NotImplementedError
        The family has no cdf.

    References
    ----------
    Diebold, Gunther and Tay (1998), Evaluating density forecasts, International Economic Review 39.
    Anderson and Darling (1954), A test of goodness of fit, JASA 49.

    Examples
    --------
    >>> class Normal:
    ...     cdf = staticmethod(stats.norm(0, 1).cdf)
    ...     def __len__(self):
    ...         return 99
    >>> y = stats.norm.ppf(np.arange(1, 100) / 100)
    >>> calibration_test(2 * y, Normal(), test="kolmogorov_smirnov").p_value < 0.05
    True
    """
    if test not in ("kolmogorov_smirnov", "anderson_darling", "chi_square"):
        raise ValueError(
            f"test={test!r} is unknown; choose kolmogorov_smirnov, anderson_darling or chi_square."
        )
    lower, upper = pit_limits(y, distribution)
    if test == "chi_square":
        uniform = lower + (upper - lower) * generator(random_state).random(len(lower))
        return _chi_square(uniform, bins)
    jumps = int(np.count_nonzero(upper - lower > ATOM))
    if jumps:
        raise ValueError(
            f"{jumps} of {len(upper)} rows lie where the predicted distribution has an atom or is censored, and "
            f"{test} is for continuous distributions; use test='chi_square'."
        )
    if test == "kolmogorov_smirnov":
        statistic, p_value = stats.kstest(upper, "uniform")
    else:
        statistic, p_value = anderson_darling(np.clip(upper, EPS, 1 - EPS))
    return CalibrationTest(float(statistic), float(p_value), test)


def _chi_square(uniform: np.ndarray, bins: int) -> CalibrationTest:
    if not isinstance(bins, (int, np.integer)) or bins < 2 or len(uniform) < LEAST_EXPECTED * bins:
        raise ValueError(
            f"bins={bins!r} does not suit {len(uniform)} rows; give a whole number from 2 on with at least "
            f"{LEAST_EXPECTED} rows a bin."
        )
    observed = np.bincount(np.minimum((uniform * bins).astype(int), bins - 1), minlength=bins)
    statistic, p_value = stats.chisquare(observed)
    return CalibrationTest(float(statistic), float(p_value), "chi_square")
