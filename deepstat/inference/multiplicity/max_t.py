"""Westfall and Young's max-T adjustment."""

from __future__ import annotations

from typing import Any

import numpy as np


def max_t(observed: Any, null: Any, *, step_down: bool = True) -> np.ndarray:
    """Adjust by the largest of the statistics under joint permutations, which knows how they depend on each other.

    Parameters
    ----------
    observed : array-like of shape (m,)
        Large values speak against a hypothesis; on a common scale, since the largest counts.
    null : array-like of shape (B, m)
        The same statistics in B joint permutations, such as tests of several columns with one ``random_state``.
    step_down : bool, default=True
        Take the largest over the hypotheses not yet rejected, else over all of them (single step).

    Returns
    -------
    ndarray of shape (m,)
        Adjusted p-values (b + 1) / (B + 1).

    Raises
    ------
    ValueError
        Shapes do not fit.

    References
    ----------
    Westfall and Young (1993), Resampling-Based Multiple Testing, algorithms 2.5 and 2.8.

    Examples
    --------
    >>> max_t([5.0, 2.0], [[1.0, 3.0], [4.0, 1.0], [1.0, 1.0]])
    array([0.25, 0.5 ])
    """
    observed, null = np.asarray(observed, dtype=np.float64), np.asarray(null, dtype=np.float64)
    if observed.ndim != 1 or null.ndim != 2 or null.shape[1] != len(observed):
        raise ValueError(
            f"observed has shape {observed.shape} and null {null.shape}; give (m,) and (B, m), a column for each."
        )
    order = np.argsort(-observed, kind="stable")
    sorted_null = null[:, order]
    if step_down:  # the largest among each hypothesis and those after it
        largest = np.maximum.accumulate(sorted_null[:, ::-1], axis=1)[:, ::-1]
    else:
        largest = np.broadcast_to(sorted_null.max(axis=1, keepdims=True), null.shape)
    p = (1 + (largest >= observed[order]).sum(axis=0)) / (len(null) + 1)
    adjusted = np.empty_like(p)
    adjusted[order] = np.maximum.accumulate(p)
    return adjusted
