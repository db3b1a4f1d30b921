"""A sequence of draws that are made when asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from deepstat.estimators.draw import Draw


class LazyDraws(Sequence[Draw]):
    """Draws made one by one, each a function of its number alone.

    A wave of fits holds only its own rows in memory, slices are lazy too, and processes that each make a part of the
    draws agree with one that makes all.

    Parameters
    ----------
    make : callable
        ``make(number) -> Draw``; picklable, where processes share the work.
    numbers : range
        Numbers of the draws.

    Examples
    --------
    >>> import numpy as np
    >>> draws = LazyDraws(lambda b: Draw(rows=np.full(2, b, dtype=np.int32)), range(100))
    >>> len(draws), draws[-1].rows, len(draws[10:20]), draws[10:20][0].rows
    (100, array([99, 99], dtype=int32), 10, array([10, 10], dtype=int32))
    """

    def __init__(self, make: Callable[[int], Draw], numbers: range) -> None:
        self.make = make
        self.numbers = numbers

    def __len__(self) -> int:
        return len(self.numbers)

    def __getitem__(self, index: Any) -> Any:
        """Return one draw, or the draws of a slice, still to be made."""
        chosen = self.numbers[index]
        return LazyDraws(self.make, chosen) if isinstance(index, slice) else self.make(chosen)
