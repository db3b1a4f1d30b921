"""Numbers that stand for the contents of rows."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from numbers import Real
from typing import Any

import narwhals as nw
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Keys = NDArray[np.uint64]


def row_keys(X: Any) -> Keys:
    """Return a 64-bit key of each row's contents, the same in every process, wherever the row stands.

    Rows with equal entries have equal keys, in dense and in sparse tables; others differ, but for one chance in 2**64.

    Parameters
    ----------
    X : array, frame, list or sparse matrix of n rows
        Of numbers, text, dates or any objects, which then count by what they print.

    Returns
    -------
    ndarray of uint64 of shape (n,)

    Examples
    --------
    >>> keys = row_keys([[1.0, 2.0], [2.0, 1.0], [1.0, 2.0]])
    >>> bool(keys[0] == keys[2]), bool(keys[0] == keys[1])
    (True, False)
    """
    if sparse.issparse(X):
        X = sparse.csr_array(X, copy=True)
        X.sum_duplicates()
        keys = np.zeros(X.shape[0], dtype=np.uint64)
        rows = np.repeat(np.arange(X.shape[0]), np.diff(X.indptr))
        np.add.at(keys, rows, _entries(_bits(X.data), X.indices.astype(np.uint64)))
        return keys
    keys = None
    for number, column in enumerate(_columns(X)):
        bits = _bits(column)
        own = _entries(bits, np.full(len(bits), number, dtype=np.uint64))
        keys = own if keys is None else keys + own
    return np.zeros(len(X), dtype=np.uint64) if keys is None else keys


def uniforms(keys: Keys, seed: int) -> NDArray[np.float64]:
    """Return a number between 0 and 1 for each key, as good as random, that other keys have no part in.

    Parameters
    ----------
    keys : ndarray of uint64 of shape (n,)
    seed : int

    Returns
    -------
    ndarray of shape (n,)

    Examples
    --------
    >>> u = uniforms(row_keys(np.arange(10_000.0)[:, None]), 0)
    >>> round(float(u.mean()), 2), round(float(u.var() * 12), 1)
    (0.5, 1.0)
    """
    start = _mix(np.array([seed], dtype=np.uint64))
    return (_mix(keys + start) >> np.uint64(11)) * 2.0**-53


def _columns(X: Any) -> Iterator[NDArray[Any]]:
    if hasattr(X, "iloc") and getattr(X, "ndim", 0) == 2:  # pandas, by position: names may come twice
        for number in range(X.shape[1]):
            yield X.iloc[:, number].to_numpy()
        return
    frame = nw.from_native(X, eager_only=True, pass_through=True)
    if isinstance(frame, nw.DataFrame):
        for name in frame.columns:
            yield frame[name].to_numpy()
        return
    array = np.asarray(X)
    if array.dtype.kind in "US" and isinstance(X, (list, tuple)):
        array = np.asarray(X, dtype=object)  # a list of mixed rows became text as a whole
    array = array.reshape(len(array), int(np.prod(array.shape[1:])))
    for number in range(array.shape[1]):
        yield array[:, number]


def _bits(values: NDArray[Any]) -> Keys:
    """Return 64 bits for each value; zero, and only zero, has none set."""
    if values.dtype.kind in "Mm":
        values = values.view(np.int64)
    if values.dtype.kind in "biuf":
        numbers = values.astype(np.float64) + 0.0  # -0.0 becomes 0.0
        numbers[np.isnan(numbers)] = np.nan  # of many bit patterns one
        return numbers.view(np.uint64)
    if values.dtype.kind in "USc":
        found, inverse = np.unique(values, return_inverse=True)
        return np.array([_digest(str(value)) for value in found], dtype=np.uint64)[inverse]
    return np.array([_bits_of_object(value) for value in values.tolist()], dtype=np.uint64)


def _bits_of_object(value: Any) -> int:
    if isinstance(value, Real):
        number = float(value)
        return int(np.float64(np.nan if number != number else number + 0.0).view(np.uint64))
    return _digest(value if isinstance(value, str) else f"{type(value).__name__} {value!r}")


def _digest(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")


def _entries(bits: Keys, columns: Keys) -> Keys:
    """Mix an entry with the number of its column; zeros count nothing, as they are not stored in sparse tables."""
    return np.where(bits == 0, np.uint64(0), _mix(bits + _mix(columns + np.uint64(1))))


def _mix(keys: Keys) -> Keys:
    """SplitMix64 (Steele, Lea and Flood 2014)."""
    keys = keys + np.uint64(0x9E3779B97F4A7C15)
    keys = (keys ^ (keys >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    keys = (keys ^ (keys >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return keys ^ (keys >> np.uint64(31))
