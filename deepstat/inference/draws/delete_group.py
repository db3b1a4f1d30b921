"""The grouped jackknife."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from deepstat.estimators.draw import Draw
from deepstat.inference.draws.labels import codes_of
from deepstat.inference.draws.lazy_draws import LazyDraws


def delete_group(labels: Any, *, groups: np.ndarray | None = None) -> LazyDraws:
    """Leave out one group of rows after the other.

    Parameters
    ----------
    labels : array-like of shape (n,)
        Group of each row, e.g. from :func:`deepstat.inference.draws.deletion_labels.deletion_labels`.
    groups : ndarray of shape (n,) or None
        Rows to be kept on one side of an inner validation split (clusters).

    Returns
    -------
    LazyDraws
        One draw for each label, with the `rows` of all others.

    References
    ----------
    Shao and Wu (1989), A general theory for jackknife variance estimation.

    Examples
    --------
    >>> [draw.rows.tolist() for draw in delete_group([0, 0, 1, 2])]
    [[2, 3], [0, 1, 3], [0, 1, 2]]
    """
    codes = codes_of("labels", labels)
    return LazyDraws(partial(_draw, codes, groups), range(int(codes.max()) + 1))


def _draw(codes: np.ndarray, groups: np.ndarray | None, number: int) -> Draw:
    return Draw(rows=np.flatnonzero(codes != number).astype(np.int32), groups=groups)
