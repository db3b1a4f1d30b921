"""Differences of predictions as a statistic."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from deepstat.inference.cross_fit import respond


def contrast(X_a: Any, X_b: Any, *, average: bool = False) -> Callable[[Any], np.ndarray]:
    """Return the statistic "prediction for `X_a` minus that for `X_b`", row by row.

    Parameters
    ----------
    X_a, X_b : tables of shape (n, p)
        Or one of them of a single row, which then stands for all.
    average : bool, default=False
        Average over rows.

    Returns
    -------
    callable
        ``statistic(fitted) -> ndarray of shape (n,) or (n, k)``, or () or (k,) of averages.

    Examples
    --------
    >>> from sklearn.linear_model import LinearRegression
    >>> fitted = LinearRegression().fit([[0.0], [1.0]], [0.0, 3.0])
    >>> contrast([[2.0], [3.0]], [[0.0]])(fitted).round(6)
    array([6., 9.])
    """
    return partial(_contrast, X_a, X_b, average)


def _contrast(X_a: Any, X_b: Any, average: bool, member: Any) -> np.ndarray:
    difference = respond(member, X_a) - respond(member, X_b)
    return difference.mean(axis=0) if average else difference
