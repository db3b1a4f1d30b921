"""The distribution that an estimator predicts."""

from __future__ import annotations

from typing import Any

import numpy as np


def predicted_by(estimator: Any, X: Any, y: Any) -> tuple[Any, Any]:
    """Return y and ``estimator.predict_distribution(X)``; of successes and failures, the successes in so many trials.

    Parameters
    ----------
    estimator : fitted estimator
    X : table
        As the estimator takes it.
    y : array-like of shape (n,) or (n, 2)

    Raises
    ------
    TypeError
        The estimator predicts no distributions.

    Examples
    --------
    >>> predicted_by(object(), None, None)
    Traceback (most recent call last):
    ...
    TypeError: object has no predict_distribution(X); give an estimator that has, or use from_predictions.
    """
    if not callable(getattr(estimator, "predict_distribution", None)):
        raise TypeError(
            f"{type(estimator).__name__} has no predict_distribution(X); give an estimator that has, or use "
            "from_predictions."
        )
    distribution = estimator.predict_distribution(X)
    family = getattr(distribution, "family", None)
    if family is None or family.record.domain != "trials" or np.ndim(y) != 2:
        return y, distribution
    counts = np.asarray(y)
    return counts[:, 0], estimator.predict_distribution(X, trials=counts.sum(axis=1))
