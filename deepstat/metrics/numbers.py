"""Check what a score is given."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepstat.data.weights import check_weights


def numbers(
    name: str, value: Any, shape: tuple[int | None, ...], *, infinite: bool = False
) -> NDArray[np.float64]:
    """Return `value` as float64 of the stated shape.

    Parameters
    ----------
    name : str
        For the error.
    value : array-like
    shape : tuple of int or None
        None: any length from 1 on.
    infinite : bool
        Whether infinite values are allowed.

    Raises
    ------
    ValueError
        Another shape; missing or infinite values.

    Examples
    --------
    >>> numbers("y", [1, 2], (None,))
    array([1., 2.])
    """
    try:
        array = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} holds values that are no numbers; give an array of numbers.") from error
    fits = array.ndim == len(shape) and all(
        have > 0 if want is None else have == want for have, want in zip(array.shape, shape, strict=True)
    )
    if not fits:
        wanted = ", ".join("any" if want is None else str(want) for want in shape)
        raise ValueError(
            f"{name} has shape {array.shape}; give one of shape ({wanted}{',' * (len(shape) == 1)})."
        )
    if np.isnan(array).any() or (not infinite and np.isinf(array).any()):
        raise ValueError(f"{name} holds missing or infinite values; leave those rows out of all arguments.")
    return array


def average(
    values: NDArray[np.float64], sample_weight: Any = None, *, per_row: bool = False
) -> float | NDArray[np.float64]:
    """Return the weighted mean of row scores, or the scores as they are.

    Parameters
    ----------
    values : ndarray of shape (n,)
    sample_weight : array-like of shape (n,) or None
    per_row : bool

    Raises
    ------
    ValueError
        Weights are bad, or given for scores that are not averaged.

    Examples
    --------
    >>> average(np.array([1.0, 4.0]), [2, 1])
    2.0
    """
    if not per_row:
        return float(np.average(values, weights=check_weights(sample_weight, len(values))))
    if sample_weight is not None:
        raise ValueError("sample_weight has no effect with per_row=True; leave one of them out.")
    return values


def counts(sample_weight: Any, n: int) -> NDArray[np.float64]:
    """Return the weights of n rows, ones where none are given.

    Parameters
    ----------
    sample_weight : array-like of shape (n,) or None
    n : int

    Examples
    --------
    >>> counts(None, 2)
    array([1., 1.])
    """
    weight = check_weights(sample_weight, n)
    return np.ones(n) if weight is None else weight.astype(np.float64)
