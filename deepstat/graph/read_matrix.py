"""Features of nodes or edges, checked."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from deepstat.graph.freeze import freeze, own

BLOCK = 1 << 20  # numbers tested at once: a test of the whole would allocate a boolean for each


def read_matrix(values: Any, what: str) -> Any:
    """Check a matrix of features and make it read-only.

    Parameters
    ----------
    values : array-like, frame or sparse matrix of shape (m, p)
        Numbers or booleans. float32 stays float32, everything else becomes float64.
    what : str
        Its name in error messages.

    Returns
    -------
    ndarray or csr_array of shape (m, p)
        Sparse matrices without duplicates, columns sorted. Copied, unless already read-only.

    Raises
    ------
    ValueError
        Not two dimensions, or missing or infinite numbers.
    TypeError
        Something else than numbers.

    Examples
    --------
    >>> read_matrix([[1, 0], [0, 2]], "node_features")
    array([[1., 0.],
           [0., 2.]])
    """
    if sparse.issparse(values):
        return _read_sparse(values, what)
    if hasattr(values, "columns") and hasattr(values, "to_numpy"):
        values = np.array(values.to_numpy())  # a frame may share its memory with others
    try:
        given = np.asarray(values)
        if given.dtype.kind == "O":
            given = given.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise TypeError(
            f"{what} must be a matrix of numbers; encode other columns first ({error})."
        ) from error
    _check_two_dimensions(given.shape, what)
    array = own(given, _float_type(given.dtype, what))
    step = max(1, BLOCK // max(1, array.shape[1]))
    for start in range(0, len(array), step):
        check_finite(array[start : start + step], what)
    return array


def read_vector(values: Any, length: int, what: str, each: str) -> NDArray[Any]:
    """Check a vector of finite numbers and make it read-only float64.

    Examples
    --------
    >>> read_vector([1, 2], 2, "edge_weight", "edge")
    array([1., 2.])
    """
    try:
        given = np.asarray(values.to_numpy() if hasattr(values, "to_numpy") else values)
        vector = own(given, np.float64 if given.dtype.kind in "biufO" else _float_type(given.dtype, what))
    except (TypeError, ValueError) as error:
        raise TypeError(f"{what} must be a vector of numbers ({error}).") from error
    check_length(vector, length, what, each)
    check_finite(vector, what)
    return vector


def check_length(values: Any, length: int, what: str, each: str) -> None:
    """Raise unless there is one row or entry for each node or edge.

    Examples
    --------
    >>> check_length([1.0, 2.0], 3, "edge_weight", "edge")
    Traceback (most recent call last):
    ...
    ValueError: edge_weight has length 2 but the graph has 3 edges: give one for each edge.
    """
    shape = np.shape(values) if not sparse.issparse(values) else values.shape
    if len(shape) == 0 or shape[0] != length:
        given = f"length {shape[0]}" if shape else "no length"
        raise ValueError(f"{what} has {given} but the graph has {length} {each}s: give one for each {each}.")


def check_finite(values: NDArray[Any], what: str) -> None:
    """Raise unless all numbers are finite.

    Examples
    --------
    >>> import numpy as np
    >>> check_finite(np.array([1.0, np.nan]), "edge_weight")
    Traceback (most recent call last):
    ...
    ValueError: edge_weight holds missing (NaN) or infinite numbers: fill them in or leave their rows out.
    """
    if not np.isfinite(values).all():
        raise ValueError(
            f"{what} holds missing (NaN) or infinite numbers: fill them in or leave their rows out."
        )


def _read_sparse(values: Any, what: str) -> Any:
    _check_two_dimensions(values.shape, what)
    dtype = _float_type(values.dtype, what)
    matrix = sparse.csr_array(values, dtype=dtype)
    shared = values.format == "csr" and np.may_share_memory(matrix.data, values.data)
    if (matrix.data.flags.writeable and shared) or not matrix.has_canonical_format:
        matrix = matrix.copy()
        matrix.sum_duplicates()
    check_finite(matrix.data, what)
    return freeze(matrix)


def _check_two_dimensions(shape: tuple[int, ...], what: str) -> None:
    if len(shape) != 2:
        raise ValueError(
            f"{what} must have two dimensions, rows and columns, not shape {shape}: "
            "for a single column use reshape(-1, 1)."
        )


def _float_type(dtype: np.dtype[Any], what: str) -> np.dtype[Any]:
    if dtype.kind not in "biuf":
        raise TypeError(f"{what} must hold numbers, not {dtype}: encode other columns first.")
    return np.dtype(np.float32 if dtype in (np.float16, np.float32) else np.float64)
