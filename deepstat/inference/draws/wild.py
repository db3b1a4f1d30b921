"""The wild bootstrap."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from deepstat.estimators.draw import Draw
from deepstat.inference.draws.labels import codes_of
from deepstat.inference.draws.lazy_draws import LazyDraws
from deepstat.inference.randomness import DRAW, generator


def wild(
    fitted: np.ndarray,
    residuals: np.ndarray,
    n_draws: int,
    *,
    seed: int,
    multiplier: str = "rademacher",
    clusters: Any = None,
) -> LazyDraws:
    """Add to the fitted values each row's own residual times a random number of mean zero and variance one.

    For additive models of a real target whose error variance may change from row to row.

    Parameters
    ----------
    fitted : ndarray of shape (n,) or (n, k)
    residuals : ndarray of shape (n,) or (n, k)
        Cross-fitted or leverage-adjusted.
    n_draws : int
    seed : int
    multiplier : {"rademacher", "mammon"}, default="rademacher"
        Signs; or Mammon's two points, whose third moment is one as well.
    clusters : array-like of shape (n,) or None
        Rows of a cluster share the number.

    Returns
    -------
    LazyDraws
        With `y`, and `groups` where there are clusters.

    References
    ----------
    Wu (1986), Jackknife, bootstrap and other resampling methods in regression analysis.
    Mammon (1993), Bootstrap and wild bootstrap for high dimensional linear models.
    Cameron, Gelbach and Miller (2008), Bootstrap-based improvements for inference with clustered errors.

    Examples
    --------
    >>> wild(np.zeros(4), np.array([1.0, 2.0, 3.0, 4.0]), 10, seed=0, clusters=[0, 0, 1, 1])[0].y
    array([-1., -2., -3., -4.])
    """
    if multiplier not in _MULTIPLIERS:
        raise ValueError(f"Unknown multiplier {multiplier!r}; choose one of {', '.join(_MULTIPLIERS)}.")
    codes = None if clusters is None else codes_of("clusters", clusters, len(fitted))
    return LazyDraws(partial(_draw, fitted, residuals, codes, multiplier, seed), range(n_draws))


def _draw(
    fitted: np.ndarray,
    residuals: np.ndarray,
    codes: np.ndarray | None,
    multiplier: str,
    seed: int,
    number: int,
) -> Draw:
    n_units = len(fitted) if codes is None else int(codes.max()) + 1
    factor = _MULTIPLIERS[multiplier](generator(seed, DRAW, number).random(n_units))
    factor = factor if codes is None else factor[codes]
    return Draw(y=fitted + residuals * factor.reshape(-1, *[1] * (residuals.ndim - 1)), groups=codes)


def _rademacher(uniform: np.ndarray) -> np.ndarray:
    return np.where(uniform < 0.5, 1.0, -1.0)


def _mammon(uniform: np.ndarray) -> np.ndarray:
    root = np.sqrt(5.0)
    return np.where(uniform < (root + 1) / (2 * root), (1 - root) / 2, (1 + root) / 2)


_MULTIPLIERS = {"rademacher": _rademacher, "mammon": _mammon}
