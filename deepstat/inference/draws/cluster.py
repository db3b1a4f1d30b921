"""The cluster bootstrap."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from deepstat.estimators.draw import Draw
from deepstat.inference.draws.labels import codes_of
from deepstat.inference.draws.lazy_draws import LazyDraws
from deepstat.inference.randomness import DRAW, generator


def cluster(clusters: Any, n_draws: int, *, seed: int) -> LazyDraws:
    """Draw whole clusters with replacement, as many as there are, with all their rows.

    Parameters
    ----------
    clusters : array-like of shape (n,)
        Cluster (patient, school) of each row. Clusters are independent, rows within them need not be.
    n_draws : int
    seed : int

    Returns
    -------
    LazyDraws
        With `rows`, whose number varies with the clusters drawn, and `groups`, so that all copies of a cluster stay
        on one side of an inner validation split.

    Raises
    ------
    ValueError
        There is only one cluster.

    References
    ----------
    Cameron, Gelbach and Miller (2008), Bootstrap-based improvements for inference with clustered errors.

    Examples
    --------
    >>> draw = cluster(["a", "a", "b", "c"], 10, seed=1)[0]
    >>> draw.rows, draw.groups
    (array([0, 1, 3, 3], dtype=int32), array([0, 0, 1, 2], dtype=int32))
    """
    codes = codes_of("clusters", clusters)
    sizes = np.bincount(codes)
    if len(sizes) < 2:
        raise ValueError("clusters has one label only; a cluster bootstrap needs at least two clusters.")
    members = np.split(np.argsort(codes, kind="stable").astype(np.int32), np.cumsum(sizes)[:-1])
    return LazyDraws(partial(_draw, codes, members, seed), range(n_draws))


def _draw(codes: np.ndarray, members: list[np.ndarray], seed: int, number: int) -> Draw:
    chosen = generator(seed, DRAW, number).integers(len(members), size=len(members))
    return Draw(rows=np.concatenate([members[c] for c in np.sort(chosen)]), groups=codes)
