"""Several sequences of draws as one, so that they train as one population."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from functools import partial
from itertools import accumulate

from deepstat.estimators.draw import Draw
from deepstat.inference.draws.lazy_draws import LazyDraws


def join_draws(*parts: Sequence[Draw]) -> LazyDraws:
    """Lay sequences of draws end to end; none is made before it is asked for.

    Parameters
    ----------
    *parts : sequence of Draw

    Returns
    -------
    LazyDraws

    Examples
    --------
    >>> joined = join_draws([Draw()], [], [Draw(seed=1), Draw(seed=2)])
    >>> [draw.seed for draw in joined]
    [None, 1, 2]
    """
    starts = [0, *accumulate(len(part) for part in parts)]
    return LazyDraws(partial(_draw, parts, starts), range(starts[-1]))


def _draw(parts: tuple[Sequence[Draw], ...], starts: list[int], number: int) -> Draw:
    part = bisect_right(starts, number) - 1
    return parts[part][number - starts[part]]
