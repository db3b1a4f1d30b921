"""A score as a statistic."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from sklearn.metrics import check_scoring


def score(X: Any, y: Any, scoring: Any = None) -> Callable[[Any], float]:
    """Return the statistic "score on these rows", which should be rows that no fit has seen.

    Parameters
    ----------
    X, y : as for the estimator's score
    scoring : str, callable or None
        As in scikit-learn; None: the estimator's own score.

    Returns
    -------
    callable
        ``statistic(fitted) -> float``.

    Examples
    --------
    >>> from sklearn.linear_model import LinearRegression
    >>> fitted = LinearRegression().fit([[0.0], [1.0]], [0.0, 3.0])
    >>> round(float(score([[2.0], [3.0]], [7.0, 9.0], "neg_mean_squared_error")(fitted)), 6)
    -0.5
    """
    return partial(_score, X, y, scoring)


def _score(X: Any, y: Any, scoring: Any, member: Any) -> float:
    return float(check_scoring(member, scoring)(member, X, y))
