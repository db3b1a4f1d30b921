"""Check class probabilities."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepstat.metrics.numbers import numbers

# Rows of float32 softmax sum to one within this.
SUM_TOLERANCE = 1e-5


def check_probabilities(y: Any, probabilities: Any) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Return class codes (n,) and probabilities: (n,) of the second of two classes, or (n, K) of more.

    Parameters
    ----------
    y : array-like of shape (n,)
        Codes 0, 1, ... of the classes; booleans too.
    probabilities : array-like of shape (n,) or (n, K)
        (n,): of code 1. (n, 2): the second column is taken.

    Raises
    ------
    ValueError
        Shapes do not fit, codes are no whole numbers below K, or probabilities are none.

    Examples
    --------
    >>> check_probabilities([True, False], [[0.3, 0.7], [0.5, 0.5]])
    (array([1, 0]), array([0.7, 0.5]))
    """
    codes = numbers("y", y, (None,))
    dims = np.ndim(probabilities)
    if dims not in (1, 2):
        raise ValueError(f"probabilities has {dims} dimensions; give shape (n,) or (n, classes).")
    p = numbers("probabilities", probabilities, (len(codes), None)[:dims])
    if dims == 2 and p.shape[1] == 1:
        raise ValueError(
            "probabilities has one column; give a one-dimensional array, or a column for each class."
        )
    n_classes = 2 if dims == 1 else p.shape[1]
    if not np.isin(codes, np.arange(n_classes)).all():
        wrong = codes[~np.isin(codes, np.arange(n_classes))][0]
        raise ValueError(
            f"y holds {wrong:g}, but classes are coded 0 to {n_classes - 1}; encode them in the order of the columns."
        )
    if ((p < 0) | (p > 1)).any() or (dims == 2 and (np.abs(p.sum(axis=1) - 1) > SUM_TOLERANCE).any()):
        raise ValueError("probabilities must lie between 0 and 1, and those of a row sum to one.")
    return codes.astype(np.intp), p[:, 1] if n_classes == 2 and dims == 2 else p
