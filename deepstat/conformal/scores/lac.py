"""One minus the probability of the class."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]


def lac(probabilities: Values) -> Values:
    """Score each class by one minus its probability: the smallest sets on average, where probabilities are right.

    Parameters
    ----------
    probabilities : ndarray of shape (n, n_classes)

    Returns
    -------
    ndarray of shape (n, n_classes)

    References
    ----------
    Sadinle, Lei and Wasserman (2019), Least ambiguous set-valued classifiers with bounded error levels.

    Examples
    --------
    >>> lac(np.array([[0.75, 0.25]])).tolist()
    [[0.25, 0.75]]
    """
    return 1.0 - probabilities
