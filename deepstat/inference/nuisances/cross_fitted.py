"""Predictions of several targets in every part of every repetition, by fits without the part."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from deepstat.inference.nuisances.parts import Part
from deepstat.inference.nuisances.regressions import Regressions

Array = np.ndarray
Task = tuple[Array, Array, Array | None]


def cross_fitted(
    regressions: Regressions, parts: Sequence[Part], tasks: Sequence[Sequence[Task]], n_rows: int
) -> Array:
    """Return the predictions of each task for the test rows of its part; all fits train together.

    Parameters
    ----------
    regressions : Regressions
    parts : sequence of Part
    tasks : sequence of sequence of (target (n,), rows of ``part.train``, weight (n,) or None)
        As many for each part.
    n_rows : int

    Returns
    -------
    ndarray of shape (R, n, tasks of a part)

    Examples
    --------
    >>> from sklearn.dummy import DummyRegressor
    >>> from deepstat.inference.nuisances.parts import make_parts
    >>> y, parts = np.array([0.0, 0.0, 6.0, 6.0]), make_parts(4, 4, 1, seed=0, fit_seed=None)
    >>> means = Regressions(DummyRegressor(), np.zeros((4, 1)))
    >>> cross_fitted(means, parts, [[(y, part.train, None)] for part in parts], 4)[0, :, 0]  # of the three others
    array([4., 4., 2., 2.])
    """
    flat = [(*task, part.seed) for part, of_part in zip(parts, tasks, strict=True) for task in of_part]
    test = [part.test for part, of_part in zip(parts, tasks, strict=True) for _ in of_part]
    found = iter(regressions.predict(flat, test))
    out = np.empty((parts[-1].repetition + 1, n_rows, len(tasks[0])))
    for part, of_part in zip(parts, tasks, strict=True):
        out[part.repetition, part.test] = np.column_stack([next(found) for _ in of_part])
    return out
