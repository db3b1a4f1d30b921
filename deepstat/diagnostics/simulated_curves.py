"""PIT curves of data simulated from the predictions."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deepstat.diagnostics.as_seen import as_seen
from deepstat.diagnostics.generator import generator
from deepstat.diagnostics.pit_curve import pit_curve
from deepstat.diagnostics.pit_limits import pit_limits
from deepstat.metrics.numbers import counts

# Numbers drawn at once: bounds the memory.
AT_ONCE = 1_000_000


def simulated_curves(
    distribution: Any,
    levels: ArrayLike,
    n_simulations: int,
    *,
    sample_weight: ArrayLike | None = None,
    random_state: int | None = 0,
) -> NDArray[np.float64]:
    """Return the PIT curves of data sets drawn from the predicted distributions: how much a right one varies.

    Only distributions with jumps need this; else the curve is that of uniform numbers, whose band is known. Rows
    censored by ends of their own are drawn as if nothing had been censored, which varies a little more.

    Parameters
    ----------
    distribution : PredictedDistribution
    levels : array-like of shape (m,)
    n_simulations : int
        Each costs a sample and two cdfs of all rows.
    sample_weight : array-like of shape (n,) or None
        Whole numbers: a row of weight 2 is drawn twice.
    random_state : int or None, default=0

    Returns
    -------
    ndarray of shape (n_simulations, m)

    Raises
    ------
    ValueError
        Weights are no whole numbers.

    Examples
    --------
    >>> class Certain:
    ...     def __len__(self):
    ...         return 3
    ...     def sample(self, size, random_state):
    ...         return np.ones((size, 3))
    ...     def cdf(self, y):
    ...         return (y >= 1).astype(float)
    >>> simulated_curves(Certain(), [0.25, 0.75], 2)
    array([[0.25, 0.75],
           [0.25, 0.75]])
    """
    distribution = as_seen(distribution)
    if sample_weight is not None:
        distribution = distribution[
            np.repeat(np.arange(len(distribution)), whole(sample_weight, len(distribution)))
        ]
    seeds = generator(random_state)
    curves: list[NDArray[np.float64]] = []
    while len(curves) < n_simulations:
        size = min(max(1, AT_ONCE // len(distribution)), n_simulations - len(curves))
        drawn = np.asarray(
            distribution.sample(size, random_state=int(seeds.integers(2**31))), dtype=np.float64
        )
        curves += [pit_curve(*pit_limits(y, distribution), levels) for y in drawn]
    return np.stack(curves)


def whole(sample_weight: Any, n: int) -> NDArray[np.intp]:
    """Return weights as whole numbers.

    Parameters
    ----------
    sample_weight : array-like of shape (n,) or None
    n : int

    Raises
    ------
    ValueError
        Some are not whole.

    Examples
    --------
    >>> whole([1.0, 2.0], 2)
    array([1, 2])
    """
    weight = counts(sample_weight, n)
    if (weight != np.rint(weight)).any():
        raise ValueError(
            "sample_weight holds fractions, but a band by simulation repeats rows; give frequencies in whole numbers, "
            "or confidence=None for no band."
        )
    return weight.astype(np.intp)
