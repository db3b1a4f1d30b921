"""Whether arrays are the arcs of a graph."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Ints = NDArray[np.integer]


def check_arcs(pointers: ArrayLike, sources: ArrayLike, weight: ArrayLike | None = None) -> tuple[Ints, Ints]:
    """Check the shapes of arcs in CSR form over their targets, in constant time without a weight.

    Single ids are checked where they are used, so that a batch costs nothing that grows with the graph.

    Parameters
    ----------
    pointers : array-like of int of shape (n + 1,)
        The arcs into node i are those from ``pointers[i]`` to ``pointers[i + 1]``.
    sources : array-like of int of shape (n_arcs,)
        Where each arc comes from.
    weight : array-like of shape (n_arcs,) or None
        Checked to be finite.

    Returns
    -------
    pointers, sources : ndarray
        As arrays, not copied.

    Raises
    ------
    ValueError
        They are not integers, do not fit together, or a weight is not finite.

    Examples
    --------
    >>> pointers, sources = check_arcs([0, 1, 2], [1, 0])
    >>> check_arcs([0, 1, 3], [1, 0])
    Traceback (most recent call last):
    ValueError: pointers run from 0 to 3 but there are 2 arcs; they must run from 0 to the number of arcs.
    """
    pointers, sources = (
        np.asarray(values) if np.size(values) else np.zeros(0, dtype=np.int64)
        for values in (pointers, sources)
    )
    for name, values in (("pointers", pointers), ("sources", sources)):
        if values.ndim != 1 or values.dtype.kind not in "iu":
            raise ValueError(
                f"{name} must be a vector of integers, not {values.dtype} of shape {values.shape}."
            )
    if len(pointers) == 0:
        raise ValueError("pointers is empty; a graph of n nodes has n + 1 of them.")
    if pointers[0] != 0 or pointers[-1] != len(sources):
        raise ValueError(
            f"pointers run from {pointers[0]} to {pointers[-1]} but there are {len(sources)} arcs; "
            "they must run from 0 to the number of arcs."
        )
    if weight is not None:
        weight = np.asarray(weight)
        if weight.shape != sources.shape:
            raise ValueError(
                f"weight has shape {weight.shape}; give one number for each of {len(sources)} arcs."
            )
        if not np.isfinite(weight).all():
            raise ValueError("weight has values that are NaN or infinite; give a finite number for each arc.")
    return pointers, sources
