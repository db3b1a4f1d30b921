"""Weights of classes: what a row of each class counts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deepstat.errors import suggest

RULES = ("balanced", "effective_number")


def class_weights(
    class_weight: str | Mapping[Any, float] | None,
    class_weight_params: Mapping[str, float] | None,
    classes: ArrayLike,
    counts: ArrayLike,
) -> NDArray[np.float64]:
    """Compute a weight for each class.

    With ``n = sum(n_c)`` rows, ``n_c`` of them in class c, and C classes:

    - ``"balanced"``: ``w_c = n / (C n_c)``, so that classes count equally.
    - ``"effective_number"``: ``w_c`` in proportion to ``(1 - beta) / (1 - beta ** n_c)``, between no weights
      (beta -> 0) and balanced ones (beta -> 1).

    Both have mean 1 over rows (``sum(n_c w_c) = n``), so that penalties and learning rate keep their meaning.
    A mapping is used as it is; classes that it does not name weigh 1.

    Parameters
    ----------
    class_weight : None, "balanced", "effective_number" or mapping of class to weight
    class_weight_params : mapping or None
        ``{"beta": b}`` with ``0 < b < 1`` for ``"effective_number"``. There is no default, because none fits
        all sizes: with 10 and 10,000 rows the ratio of the weights is 632 for 0.9999 and 1.5 for 0.9.
    classes : array-like of shape (C,)
    counts : array-like of shape (C,)
        Rows of each class: sums of sample weights.

    Returns
    -------
    ndarray of shape (C,)

    Raises
    ------
    ValueError
        The rule is unknown, its parameters are missing or out of range, a class has no rows, or a mapping
        names an unknown class or a weight that is not a positive number.

    Reference
    ---------
    King and Zeng, Logistic regression in rare events data, Political Analysis, 2001. Cui, Jia, Lin, Song and
    Belongie, Class-balanced loss based on effective number of samples, CVPR 2019.

    Examples
    --------
    >>> class_weights("balanced", None, ["a", "b"], [1, 3])
    array([2.        , 0.66666667])
    >>> class_weights({"b": 5.0}, None, ["a", "b"], [1, 3])
    array([1., 5.])
    """
    levels = np.asarray(classes).tolist()
    n = np.asarray(counts, dtype=np.float64)
    params = dict(class_weight_params or {})
    wanted = {"beta"} if class_weight == "effective_number" else set()
    if params.keys() != wanted:
        raise ValueError(
            f"class_weight_params={params!r} does not fit class_weight={class_weight!r}; "
            + ("give {'beta': b} with b between 0 and 1." if wanted else "leave it out.")
        )
    if class_weight is None:
        return np.ones(len(levels))
    if isinstance(class_weight, Mapping):
        return _named(class_weight, levels)
    if class_weight not in RULES:
        raise ValueError(
            f"class_weight={class_weight!r} is unknown; use None, 'balanced', 'effective_number' or a "
            f"mapping of class to weight.{suggest(str(class_weight), RULES)}"
        )
    if (n <= 0).any():
        raise ValueError(
            f"Class {levels[int(np.argmin(n))]!r} has no training rows, so class_weight={class_weight!r} has "
            "no weight for it; leave it out of y or name weights in a mapping."
        )
    if class_weight == "balanced":
        return n.sum() / (len(n) * n)
    beta = params["beta"]
    if not 0.0 < beta < 1.0:
        raise ValueError(f"beta={beta!r} is out of range for class_weight='effective_number'; 0 < beta < 1.")
    weight = -(1.0 - beta) / np.expm1(n * np.log(beta))  # 1 - beta ** n without cancellation for beta near 1
    return weight * (n.sum() / (n @ weight))


def _named(weights: Mapping[Any, float], levels: list[Any]) -> NDArray[np.float64]:
    unknown = [name for name in weights if name not in levels]
    if unknown:
        raise ValueError(
            f"class_weight names {unknown[0]!r}, which is no class of y; the classes are {levels!r}."
        )
    for name, weight in weights.items():
        if not np.isfinite(weight) or weight <= 0:
            raise ValueError(f"class_weight of {name!r} is {weight!r}; give a positive number.")
    return np.array([float(weights.get(level, 1.0)) for level in levels])
