"""What conformal intervals and sets guarantee, in a sentence."""

from __future__ import annotations

from typing import Any

import numpy as np

SPLIT = ("split", "cqr")
SOURCES = {"cv+": "Barber et al. 2021", "jackknife+-after-bootstrap": "Kim et al. 2020"}


def guaranteed_level(
    method: str, level: float, n: int, n_folds: int | None = None, *, even: bool = True
) -> float:
    """Return the least probability of coverage, over calibration samples and new rows together.

    Parameters
    ----------
    method : {"split", "cqr", "cv+", "jackknife+-after-bootstrap"}
    level : float
    n : int
        Rows (clusters) that calibrate.
    n_folds : int or None
        Of "cv+"; None: each row (cluster) is a fold.
    even : bool, default=True
        Whether all folds are equally large, as the second of two bounds needs.

    Returns
    -------
    float
        `level` for a single split. With a = 1 - level: 1 - 2a for the bootstrap and for folds of one row; for K folds
        1 - 2a - min(2 (1 - 1/K) / (n/K + 1), (1 - K/n) / (K + 1)); 0 where that is less.

    References
    ----------
    Barber, Candes, Ramdas and Tibshirani (2021), Predictive inference with the jackknife+, theorems 1 and 4.
    Kim, Xu and Barber (2020), Predictive inference is free with the jackknife+-after-bootstrap, theorem 1.
    Vovk and Wang (2020), Combining p-values via averaging: the first bound, for folds of any size.

    Examples
    --------
    >>> guaranteed_level("split", 0.9, 100), round(guaranteed_level("cv+", 0.9, 100), 3)
    (0.9, 0.8)
    >>> round(guaranteed_level("cv+", 0.9, 100, 10), 3), round(guaranteed_level("cv+", 0.9, 10_000, 10), 3)
    (0.718, 0.798)
    """
    if method in SPLIT:
        return level
    least = 1.0 - 2.0 * (1.0 - level)
    if method == "cv+" and n_folds is not None:
        lost = 2.0 * (1.0 - 1.0 / n_folds) / (n / n_folds + 1.0)
        if even:
            lost = min(lost, (1.0 - n_folds / n) / (n_folds + 1.0))
        least -= lost
    return max(0.0, least)


def claim(
    method: str,
    level: float,
    sizes: Any,
    n_folds: int | None = None,
    *,
    even: bool = True,
    what: str = "interval",
    clusters: bool = False,
    within: str | None = None,
    whole: bool = True,
) -> str:
    """Return what is guaranteed, under which assumption.

    Parameters
    ----------
    method, level, n_folds, even
        As for :func:`guaranteed_level`.
    sizes : array-like of float
        Rows (clusters) that calibrate each category.
    what : {"interval", "set"}
    clusters : bool
        Whether clusters, not rows, are exchangeable.
    within : str or None
        What has its own calibration: "category", "class".
    whole : bool
        Whether weights, if any, are whole numbers.

    Returns
    -------
    str

    Examples
    --------
    >>> claim("split", 0.9, [50]).split(" probability ")[1]
    'at least 0.9, over calibration samples and new rows together, if the 50 calibration rows and the new row are exchangeable.'
    """  # noqa: E501  # the sentence as it is printed
    if not whole:
        return (
            "No coverage is guaranteed, because weights that are not whole numbers count no rows; near "
            f"{level:g} is to be expected of rows drawn as the weights say."
        )
    sizes = np.asarray(sizes, dtype=np.float64)
    least = round(float(sizes[sizes > 0].min()))
    guaranteed = guaranteed_level(method, level, least, n_folds, even=even)
    unit = "cluster" if clusters else "row"
    if guaranteed <= 0.0:
        folds = "" if n_folds is None else f" with {n_folds} folds"
        return (
            f"No coverage is guaranteed, because the bound of {method} is 0 at level {level:g} for {least} "
            f"calibration {unit}s{folds}; near {level:g} is usual, and method='split' guarantees it."
        )
    source = "" if method in SPLIT else f" ({SOURCES[method]}; near {level:g} is usual)"
    own = "" if within is None else f" within each {within}"
    more = " or more" if within is not None else ""
    target = "The target of a row drawn from a new cluster" if clusters else "A new row's target"
    if clusters:
        condition = (
            f"the {least}{more} calibration clusters and the new one are exchangeable, and so are rows within a "
            "cluster"
        )
    else:
        condition = f"the {least}{more} calibration rows and the new row are exchangeable"
    return (
        f"{target} lies in its {what} with probability at least {guaranteed:.3g}{own}{source}, over calibration "
        f"samples and new rows together, if {condition}."
    )
