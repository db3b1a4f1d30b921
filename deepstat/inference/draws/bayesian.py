"""The Bayesian bootstrap."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from deepstat.estimators.draw import Draw
from deepstat.inference.draws.labels import codes_of
from deepstat.inference.draws.lazy_draws import LazyDraws
from deepstat.inference.randomness import DRAW, generator


def bayesian(n_rows: int, n_draws: int, *, seed: int, clusters: Any = None) -> LazyDraws:
    """Weight all rows by n times a draw of the Dirichlet distribution with all parameters one.

    No row is ever left out, so that no draw lacks a rare class; smooth where the pairs bootstrap has lumps.

    Parameters
    ----------
    n_rows, n_draws : int
    seed : int
    clusters : array-like of shape (n,) or None
        Rows of a cluster share their weight.

    Returns
    -------
    LazyDraws
        With `weight`, whose mean over rows (over clusters, where given) is one, and `groups` where there are clusters.

    References
    ----------
    Rubin (1981), The Bayesian bootstrap.

    Examples
    --------
    >>> weight = bayesian(4, 10, seed=0)[0].weight
    >>> weight.shape, round(float(weight.sum()), 9), bool((weight > 0).all())
    ((4,), 4.0, True)
    """
    codes = None if clusters is None else codes_of("clusters", clusters, n_rows)
    return LazyDraws(partial(_draw, n_rows, codes, seed), range(n_draws))


def _draw(n_rows: int, codes: np.ndarray | None, seed: int, number: int) -> Draw:
    n_units = n_rows if codes is None else int(codes.max()) + 1
    gaps = generator(seed, DRAW, number).standard_exponential(
        n_units
    )  # divided by their sum: Dirichlet(1, ..., 1)
    weight = gaps / gaps.mean()
    return Draw(weight=weight) if codes is None else Draw(weight=weight[codes], groups=codes)
