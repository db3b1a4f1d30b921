"""Energy score of forecasts of several columns."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deepstat.metrics.crps_sample import check_draws
from deepstat.metrics.numbers import average, numbers


def energy_score(
    y: ArrayLike,
    sample: ArrayLike,
    *,
    fair: bool = True,
    sample_weight: ArrayLike | None = None,
    per_row: bool = False,
) -> float | NDArray[np.float64]:
    """Return E||X - y|| - E||X - X'||/2 from m draws X for each row, with Euclidean norms; one column: the CRPS.

    Columns count by their units: bring them to one scale first. Cost: m² n k.

    Parameters
    ----------
    y : array-like of shape (n, k)
    sample : array-like of shape (m, n, k)
        m draws for each row, as ``sample(m)`` of a predicted distribution returns them.
    fair : bool, default=True
        As in :func:`deepstat.metrics.crps_sample.crps_sample`.
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
        Shapes do not fit, values are missing, or there is one draw and `fair`.

    References
    ----------
    Gneiting and Raftery (2007), Strictly proper scoring rules, prediction, and estimation, JASA 102.

    Examples
    --------
    Draws (0, 0) and (6, 8) of an observation at (3, 4): distances 5 and 5, and 10 between them.

    >>> energy_score([[3.0, 4.0]], [[[0.0, 0.0]], [[6.0, 8.0]]], fair=False)
    2.5
    """
    y = numbers("y", y, (None, None))
    draws = numbers("sample", sample, (None, *y.shape))
    m = check_draws(len(draws), fair)
    # Draw by draw: all pairs at once would hold m² n k numbers.
    pairs = sum(
        (np.linalg.norm(draws[i + 1 :] - draws[i], axis=2).sum(axis=0) for i in range(m - 1)),
        np.zeros(len(y)),
    )
    spread = pairs / (m * (m - 1 if fair else m))
    return average(np.linalg.norm(draws - y, axis=2).mean(axis=0) - spread, sample_weight, per_row=per_row)
