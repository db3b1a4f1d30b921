"""The corrected resampled t-test."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import stdtr, stdtrit

from deepstat.inference.intervals.levels import tails


@dataclass(frozen=True)
class CorrectedT:
    """A mean difference of scores, with its test and interval."""

    mean: float
    standard_error: float
    t: float
    p_value: float
    low: float
    high: float


def corrected_t(differences: Any, *, test_fraction: float, level: float = 0.95) -> CorrectedT:
    """Test whether differences of scores over J splits of one table have mean zero.

    Splits share most of their training rows, so that the variance of the mean is (1 / J + test rows / training rows)
    times that of the differences, and not a J-th of it. A correction by rule of thumb: it keeps the size roughly.

    Parameters
    ----------
    differences : array-like of shape (J,)
        One for each split, in pairs.
    test_fraction : float
        Test rows / training rows of a split: 1 / (k - 1) for k folds, repeated or not.
    level : float, default=0.95

    Returns
    -------
    CorrectedT
        On J - 1 degrees of freedom.

    Raises
    ------
    ValueError
        There are fewer than two splits, or differences are not finite.

    References
    ----------
    Nadeau and Bengio (2003), Inference for the generalization error.
    Bouckaert and Frank (2004), Evaluating the replicability of significance tests for comparing learning algorithms.

    Examples
    --------
    >>> test = corrected_t([0.1, 0.3, 0.2, 0.2], test_fraction=1 / 3)
    >>> round(test.mean, 3), round(test.standard_error, 4), round(test.p_value, 4)
    (0.2, 0.0624, 0.0491)
    """
    found = np.asarray(differences, dtype=np.float64)
    if found.ndim != 1 or len(found) < 2 or not np.isfinite(found).all():
        raise ValueError("differences must be at least two finite numbers, one for each split.")
    mean = float(found.mean())
    error = float(np.sqrt((1 / len(found) + test_fraction) * found.var(ddof=1)))
    if error == 0:  # the same difference in every split
        return CorrectedT(
            mean, 0.0, float(np.sign(mean)) * np.inf if mean else 0.0, float(mean == 0), mean, mean
        )
    t, width = mean / error, float(stdtrit(len(found) - 1, tails(level)[1])) * error
    p = 2 * float(stdtr(len(found) - 1, -abs(t)))
    return CorrectedT(mean, error, t, p, mean - width, mean + width)
