"""Names of nodes and types of nodes and edges."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepstat.graph.freeze import own
from deepstat.graph.read_matrix import check_length


def read_labels(values: Any, what: str) -> NDArray[Any]:
    """Return labels as a read-only array of text, of whole numbers, or of any hashable objects as given.

    A tuple is one label: graphs on a grid name their nodes so.

    Parameters
    ----------
    values : sequence or series of length m
    what : str
        Its name in error messages.

    Returns
    -------
    ndarray of shape (m,)

    Raises
    ------
    ValueError
        More than one dimension, or missing labels.
    TypeError
        No sequence, or labels that cannot be hashed.

    Examples
    --------
    >>> read_labels([3, "b"], "node_names")
    array([3, 'b'], dtype=object)
    """
    if hasattr(values, "to_numpy"):
        values = values.to_numpy()
    if isinstance(values, np.ndarray) and values.ndim != 1:
        raise ValueError(f"{what} must have one dimension, not shape {values.shape}.")
    if isinstance(values, str) or not hasattr(values, "__iter__"):
        raise TypeError(f"{what} must be a sequence of labels, not {values!r}.")
    if isinstance(values, np.ndarray) and values.dtype.kind in "iuUSb":
        return own(values, values.dtype)
    entries = values.tolist() if isinstance(values, np.ndarray) else list(values)
    try:
        for entry in entries:
            hash(entry)
    except TypeError as error:
        raise TypeError(f"{what} must hold labels that can be hashed, such as text or numbers.") from error
    if any(entry is None or entry != entry for entry in entries):  # only NaN differs from itself
        raise ValueError(f"{what} has missing labels (None or NaN): give each its label.")
    kinds = {type(entry) for entry in entries}
    if entries and all(issubclass(kind, str) for kind in kinds):
        return own(entries, np.str_)
    if entries and all(issubclass(kind, (int, np.integer)) and kind is not bool for kind in kinds):
        return own(entries, np.int64)
    return own(as_objects(entries), object)


def read_names(node_names: Any) -> NDArray[Any]:
    """Return the names of nodes, of which no two are the same.

    Examples
    --------
    >>> read_names(["ann", "bob", "ann"])
    Traceback (most recent call last):
    ...
    ValueError: node_names holds 'ann' twice: each node needs a name of its own.
    """
    names = read_labels(node_names, "node_names")
    entries = names.tolist()
    if len(set(entries)) < len(entries):
        seen: set[Any] = set()
        repeated = next(name for name in entries if name in seen or seen.add(name))
        raise ValueError(f"node_names holds {repeated!r} twice: each node needs a name of its own.")
    return names


def as_objects(entries: Sequence[Any]) -> NDArray[Any]:
    """Return a vector of objects, also where these are sequences themselves.

    Examples
    --------
    >>> as_objects([(0, 1), (0, 2)]).shape
    (2,)
    """
    array = np.empty(len(entries), dtype=object)
    array[:] = entries
    return array


def read_types(values: Any, length: int, what: str, each: str) -> tuple[NDArray[np.int64], tuple[Any, ...]]:
    """Return the codes of types, and their sorted names.

    Examples
    --------
    >>> read_types(["paper", "author", "paper"], 3, "node_type", "node")
    (array([1, 0, 1]), ('author', 'paper'))
    """
    labels = read_labels(values, what)
    check_length(labels, length, what, each)
    try:
        names, codes = np.unique(labels, return_inverse=True)
    except TypeError as error:
        raise TypeError(f"{what} mixes labels that cannot be sorted, such as text and numbers.") from error
    return own(codes, np.int64), tuple(names.tolist())
