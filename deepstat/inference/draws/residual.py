"""The residual bootstrap."""

from __future__ import annotations

from functools import partial

import numpy as np

from deepstat.estimators.draw import Draw
from deepstat.inference.draws.lazy_draws import LazyDraws
from deepstat.inference.randomness import DRAW, generator


def residual(fitted: np.ndarray, residuals: np.ndarray, n_draws: int, *, seed: int) -> LazyDraws:
    """Add residuals drawn with replacement to the fitted values: the rows of X stay, the target is new.

    For additive models of a real target whose errors are alike in all rows. The residuals of the rows that a flexible
    model was trained on are too small: give cross-fitted ones, or for least squares those that
    :func:`deepstat.inference.leverage.leverage_adjusted` returns.

    Parameters
    ----------
    fitted : ndarray of shape (n,) or (n, k)
    residuals : ndarray of shape (n,) or (n, k)
        Centred here, so that they add no shift.
    n_draws : int
    seed : int

    Returns
    -------
    LazyDraws
        With `y`.

    References
    ----------
    Efron and Tibshirani (1993), An Introduction to the Bootstrap, section 9.4.

    Examples
    --------
    >>> draws = residual(np.array([10.0, 20.0]), np.array([1.0, 3.0]), 10, seed=0)
    >>> sorted(set((draws[0].y - [10, 20]).tolist())) in ([-1.0], [1.0], [-1.0, 1.0])
    True
    """
    return LazyDraws(partial(_draw, fitted, residuals - residuals.mean(axis=0), seed), range(n_draws))


def _draw(fitted: np.ndarray, centred: np.ndarray, seed: int, number: int) -> Draw:
    n = len(fitted)
    return Draw(y=fitted + centred[generator(seed, DRAW, number).integers(n, size=n)])
