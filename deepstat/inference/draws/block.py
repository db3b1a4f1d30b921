"""Block bootstraps for rows in time order."""

from __future__ import annotations

from functools import partial

import numpy as np

from deepstat.estimators.draw import Draw
from deepstat.inference.draws.lazy_draws import LazyDraws
from deepstat.inference.randomness import DRAW, generator


def block(n_rows: int, n_draws: int, *, length: int, seed: int, kind: str = "moving") -> LazyDraws:
    """Draw blocks of neighbouring rows with replacement and lay them end to end, n rows in all.

    Parameters
    ----------
    n_rows : int
        Rows in time order, equally spaced.
    n_draws : int
    length : int
        Rows of a block; for "stationary" the mean length.
    seed : int
    kind : {"moving", "circular", "stationary"}, default="moving"
        Blocks within the series (Kunsch 1989); on a circle, where the last row is followed by the first, so that all
        rows are drawn equally often; or on the circle with geometric lengths, which makes the drawn series stationary.

    Returns
    -------
    LazyDraws
        With `rows`, and `groups` of `length` consecutive rows, which stay on one side of an inner validation split.

    Raises
    ------
    ValueError
        The length is not from 1 to half the rows, or the kind is unknown.

    References
    ----------
    Kunsch (1989), The jackknife and the bootstrap for general stationary observations.
    Politis and Romano (1992), A circular block-resampling procedure for stationary data.
    Politis and Romano (1994), The stationary bootstrap.

    Examples
    --------
    >>> block(8, 10, length=4, seed=0)[0].rows, block(8, 10, length=4, seed=0)[0].groups
    (array([0, 1, 2, 3, 2, 3, 4, 5], dtype=int32), array([0, 0, 0, 0, 1, 1, 1, 1], dtype=int32))
    """
    if kind not in _KINDS:
        raise ValueError(f"Unknown kind of block {kind!r}; choose one of {', '.join(_KINDS)}.")
    if not 1 <= length <= n_rows // 2:
        raise ValueError(
            f"block_length={length!r} is out of range; give a whole number from 1 to {n_rows // 2}, half the rows."
        )
    return LazyDraws(partial(_draw, n_rows, length, seed, kind), range(n_draws))


def _draw(n_rows: int, length: int, seed: int, kind: str, number: int) -> Draw:
    rows = _KINDS[kind](n_rows, length, generator(seed, DRAW, number))
    return Draw(rows=rows.astype(np.int32), groups=np.arange(n_rows, dtype=np.int32) // length)


def _moving(n: int, length: int, rng: np.random.Generator) -> np.ndarray:
    starts = rng.integers(n - length + 1, size=-(-n // length))
    return (starts[:, None] + np.arange(length)).ravel()[:n]


def _circular(n: int, length: int, rng: np.random.Generator) -> np.ndarray:
    starts = rng.integers(n, size=-(-n // length))
    return (starts[:, None] + np.arange(length)).ravel()[:n] % n


def _stationary(n: int, length: int, rng: np.random.Generator) -> np.ndarray:
    begins = rng.random(n) < 1 / length  # at every row a new block begins with probability 1 / length
    begins[0] = True
    number = np.cumsum(begins) - 1
    offset = np.arange(n) - np.flatnonzero(begins)[number]
    return (rng.integers(n, size=number[-1] + 1)[number] + offset) % n


_KINDS = {"moving": _moving, "circular": _circular, "stationary": _stationary}
