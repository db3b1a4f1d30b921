"""Where the probability integral transform of each row lies."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deepstat.diagnostics.as_seen import as_seen, has_ends
from deepstat.metrics.numbers import numbers

# A jump of the predicted cdf at the observed value that is larger than this is an atom, not the slope of a density.
ATOM = 1e-9


def pit_limits(y: ArrayLike, distribution: Any) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return F(y-) and F(y) of each row: between them the probability integral transform (PIT) is uniform.

    Where F is continuous the two are equal. A probability in one point (counts, the zeros of a hurdle model, the limits
    of a Tobit model) parts them. A row known to lie between two ends has F at the one and the other: right-censored at
    c, [F(c), 1].

    Parameters
    ----------
    y : array-like of shape (n,) or (n, 2)
        As the model was trained on. Two columns, for censoring by row, are the ends of what is known: equal if the
        value was seen, infinite where it is open.
    distribution : PredictedDistribution
        Of n rows; only its ``cdf(y)`` is used, of a variable censored at limits that of ``observed()``.

    Returns
    -------
    lower, upper : ndarray of shape (n,)

    Raises
    ------
    ValueError
        Shapes do not fit, or values are missing.
    NotImplementedError
        The family has no cdf.

    Examples
    --------
    >>> from scipy import stats
    >>> class Coins:
    ...     cdf = staticmethod(stats.binom(2, 0.5).cdf)
    ...     def __len__(self):
    ...         return 3
    >>> pit_limits([0, 1, 2], Coins())
    (array([0.  , 0.25, 0.75]), array([0.25, 0.75, 1.  ]))
    """
    n = len(distribution)
    if has_ends(distribution) and np.ndim(y) == 2:
        ends = numbers("y", y, (n, 2), infinite=True)
        if (ends[:, 0] > ends[:, 1]).any():
            raise ValueError(
                "y has a row whose lower end lies above its upper end; give (lower, upper) in each row."
            )
        return _cdf(distribution, _before(ends[:, 0])), _cdf(distribution, ends[:, 1])
    if np.ndim(y) != 1:
        raise ValueError(
            f"y has shape {np.shape(y)}, but the PIT is of one number a row; give one column and its marginal "
            "distribution."
        )
    values, seen = numbers("y", y, (n,)), as_seen(distribution)
    return _cdf(seen, _before(values)), _cdf(seen, values)


def _before(value: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the number next below each: F there is the limit from the left, jump or none."""
    # Not the subnormal next to 0, which some compilers and processors round to 0.
    return np.where(value == 0, -1e-300, np.nextafter(value, -np.inf))


def _cdf(distribution: Any, value: NDArray[np.float64]) -> NDArray[np.float64]:
    finite = np.isfinite(value)
    inside = np.asarray(distribution.cdf(np.where(finite, value, 0.0)), dtype=np.float64)
    return np.where(finite, np.clip(inside, 0.0, 1.0), value > 0)
