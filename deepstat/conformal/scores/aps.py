"""The probability of all classes at least as likely."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]


def aps(probabilities: Values, u: Values | None = None) -> Values:
    """Score each class by the probability of all likelier ones, and a random part of its own.

    Sets grow class by class from the likeliest, so that they are large where the classifier is unsure. Of equally
    likely classes the first comes first.

    Parameters
    ----------
    probabilities : ndarray of shape (n, n_classes)
    u : ndarray of shape (n,) or None
        Between 0 and 1: the part of a class's own probability that is added. None: all of it.

    Returns
    -------
    ndarray of shape (n, n_classes)

    References
    ----------
    Romano, Sesia and Candes (2020), Classification with valid and adaptive coverage.

    Examples
    --------
    >>> aps(np.array([[0.25, 0.5, 0.25]])).tolist()
    [[0.75, 0.5, 1.0]]
    >>> aps(np.array([[0.25, 0.5, 0.25]]), np.array([0.5])).tolist()
    [[0.625, 0.25, 0.875]]
    """
    order = np.argsort(-probabilities, axis=1, kind="stable")
    ranked = np.take_along_axis(probabilities, order, axis=1)
    through = np.cumsum(ranked, axis=1)
    if u is not None:
        through = through - (1.0 - u[:, None]) * ranked
    scores = np.empty_like(through)
    np.put_along_axis(scores, order, through, axis=1)
    return scores
