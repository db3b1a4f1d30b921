"""Predictions as a statistic."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from deepstat.inference.cross_fit import respond


def prediction(X: Any) -> Callable[[Any], np.ndarray]:
    """Return the statistic "predictions for these rows": probabilities of a classifier.

    Parameters
    ----------
    X : table of shape (n, p)

    Returns
    -------
    callable
        ``statistic(fitted) -> ndarray of shape (n,) or (n, k)``.

    Examples
    --------
    >>> from sklearn.linear_model import LinearRegression
    >>> prediction([[2.0]])(LinearRegression().fit([[0.0], [1.0]], [0.0, 3.0])).round(6)
    array([6.])
    """
    return partial(_prediction, X)


def _prediction(X: Any, member: Any) -> np.ndarray:
    return respond(member, X)
