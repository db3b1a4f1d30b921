"""Choose and weigh the members of an ensemble by what they do on rows that none learned from."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray


class Selection(NamedTuple):
    """The outcome of :func:`greedy_selection`.

    Attributes
    ----------
    weights : ndarray of shape (K,)
        How often each member was chosen, over all choices; sums to one.
    chosen : list of int
        Members in the order of being chosen, up to the best prefix.
    losses : list of float
        Loss of the ensemble after each choice, of all that were tried.
    """

    weights: NDArray[np.float64]
    chosen: list[int]
    losses: list[float]


def greedy_selection(
    predictions: ArrayLike, loss: Callable[[NDArray[np.float64]], float], *, n_selected: int = 25
) -> Selection:
    """Add, again and again, the member whose addition makes the ensemble's loss smallest; members may come again.

    The ensemble's prediction is the mean over choices. Of the growing ensembles the best is kept; of equally good
    members the first, of equally good ensembles the smallest.

    Parameters
    ----------
    predictions : array-like of shape (K, ...)
        Of each member, on held-out rows.
    loss : callable
        ``loss(prediction) -> float``, of a prediction of shape (...). NaN counts as infinite.
    n_selected : int
        How many choices to try.

    Returns
    -------
    Selection

    Raises
    ------
    ValueError
        Every member has an infinite loss.

    References
    ----------
    Caruana, Niculescu-Mizil, Crew and Ksikes (2004), Ensemble selection from libraries of models, ICML.

    Examples
    --------
    The target is zero: the first member is best alone, and the second makes up for its bias.

    >>> predictions = [[1.0, 1.0], [-2.0, -2.0], [5.0, 0.0]]
    >>> selection = greedy_selection(predictions, lambda p: float((p**2).mean()), n_selected=4)
    >>> selection.chosen, selection.weights
    ([0, 1, 0], array([0.66666667, 0.33333333, 0.        ]))
    """
    library = np.asarray(predictions, dtype=np.float64)
    total = np.zeros_like(library[0])
    chosen: list[int] = []
    losses: list[float] = []
    for n in range(1, n_selected + 1):
        tried = [loss((total + member) / n) for member in library]
        best = int(np.argmin(np.where(np.isnan(tried), np.inf, tried)))
        if not np.isfinite(tried[best]):
            break
        chosen.append(best)
        losses.append(float(tried[best]))
        total = total + library[best]
    if not chosen:
        raise ValueError("No member has a finite loss on the held-out rows: nothing can be selected.")
    kept = chosen[: int(np.argmin(losses)) + 1]
    return Selection(np.bincount(kept, minlength=len(library)) / len(kept), kept, losses)
