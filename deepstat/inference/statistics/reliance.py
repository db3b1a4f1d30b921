"""How much a fit relies on columns, as a statistic."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from deepstat.inference.columns import with_rows_of
from deepstat.inference.cross_fit import respond


def reliance(numbers: Sequence[int]) -> Callable[[Any, Any, Any], float]:
    """Return the statistic "mean squared change of predictions when columns get the values of other rows".

    Zero if the fit ignores the columns; for one coefficient its square times a number that depends on X alone.

    Parameters
    ----------
    numbers : sequence of int
        Columns; they move together.

    Returns
    -------
    callable
        ``statistic(fitted, X, y) -> float``.

    References
    ----------
    Breiman (2001), Random forests, section 10, where columns are permuted in rows left out.

    Examples
    --------
    >>> from sklearn.linear_model import LinearRegression
    >>> X = np.array([[0.0, 5.0], [1.0, 7.0], [2.0, 6.0]])
    >>> fitted = LinearRegression().fit(X, X[:, 0])
    >>> [round(reliance([j])(fitted, X, None), 6) for j in (0, 1)]
    [2.0, 0.0]
    """
    return partial(_reliance, list(numbers))


def _reliance(numbers: list[int], member: Any, X: Any, y: Any) -> float:
    n = len(X)
    # One cycle through all rows in an order that the rows' own order has nothing to do with: nobody keeps his value.
    order = np.random.Generator(np.random.PCG64(n)).permutation(n)
    rows = np.empty(n, dtype=np.intp)
    rows[order] = np.roll(order, 1)
    moved = respond(member, with_rows_of(X, numbers, rows))
    return float(((respond(member, X) - moved) ** 2).mean())
