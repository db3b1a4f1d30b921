"""Ids of nodes and edges, checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepstat.graph.read_labels import read_labels


def read_ids(edges: Any) -> NDArray[np.int64]:
    """Return a list of edges by id as an int64 array of shape (2, e).

    Examples
    --------
    >>> read_ids([(0, 1), (1, 2)]).tolist()
    [[0, 1], [1, 2]]
    """
    ids = whole_numbers(edges, "edges")
    if ids.size == 0 and ids.shape in ((0,), (2, 0)):
        return ids.reshape(2, 0)
    if ids.ndim != 2 or len(ids) != 2:
        _refuse_shape(ids.shape)
    return ids


def read_named_edges(edges: Any, id_of_name: Mapping[Any, int]) -> NDArray[np.int64]:
    """Return a list of edges by name as ids, an int64 array of shape (2, e).

    Examples
    --------
    >>> read_named_edges([["a"], ["b"]], {"b": 0, "a": 1}).tolist()
    [[1], [0]]
    """
    if not hasattr(edges, "__len__"):
        raise TypeError(f"edges must be an array of shape (2, e), not {type(edges).__name__}.")
    if len(edges) == 0:
        return np.empty((2, 0), dtype=np.int64)
    if len(edges) != 2:
        _refuse_shape(np.shape(edges) if isinstance(edges, np.ndarray) else (len(edges), "..."))
    source, target = (look_up(read_labels(end, "edges"), id_of_name, "edges") for end in edges)
    if len(source) != len(target):
        raise ValueError(
            f"edges has {len(source)} sources and {len(target)} targets: each edge has one of both."
        )
    return np.stack([source, target])


def look_up(names: NDArray[Any], id_of_name: Mapping[Any, int], what: str) -> NDArray[np.int64]:
    """Return the ids of names.

    Examples
    --------
    >>> import numpy as np
    >>> look_up(np.array(["a", "c"]), {"a": 0, "b": 1}, "nodes")
    Traceback (most recent call last):
    ...
    ValueError: nodes holds 1 name that is not in node_names: 'c'.
    """
    entries = names.tolist()
    ids = np.fromiter((id_of_name.get(name, -1) for name in entries), dtype=np.int64, count=len(entries))
    if (ids < 0).any():
        unknown = list(dict.fromkeys(entries[i] for i in np.flatnonzero(ids < 0)))
        shown = ", ".join(repr(name) for name in unknown[:5]) + (", ..." if len(unknown) > 5 else "")
        many = "name that is" if len(unknown) == 1 else "names that are"
        raise ValueError(f"{what} holds {len(unknown)} {many} not in node_names: {shown}.")
    return ids


def whole_numbers(values: Any, what: str) -> NDArray[np.int64]:
    """Return an array of whole numbers as int64.

    Examples
    --------
    >>> whole_numbers([True, False], "nodes")
    Traceback (most recent call last):
    ...
    TypeError: nodes must be whole numbers, not bool: of a mask take np.flatnonzero(mask).
    """
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise ValueError(f"{what} must be an array, but its rows differ in length.") from error
    if array.size == 0:
        return np.empty(array.shape, dtype=np.int64)
    if array.dtype.kind == "b":
        raise TypeError(f"{what} must be whole numbers, not bool: of a mask take np.flatnonzero(mask).")
    if array.dtype.kind not in "iu":
        raise TypeError(
            f"{what} must be whole numbers, not {array.dtype}: convert them with astype(int), "
            "or hand the nodes' labels to the graph as node_names."
        )
    return array.astype(np.int64, copy=False)


def check_range(ids: NDArray[np.int64], n: int, what: str, of: str = "nodes") -> None:
    """Raise unless ids lie between 0 and n - 1.

    Examples
    --------
    >>> import numpy as np
    >>> check_range(np.array([0, 3]), 3, "edges")
    Traceback (most recent call last):
    ...
    ValueError: edges holds 3 but the graph has 3 nodes: ids run from 0 to 2.
    """
    if ids.size and (ids.min() < 0 or ids.max() >= n):
        wrong = ids.min() if ids.min() < 0 else ids.max()
        allowed = f"ids run from 0 to {n - 1}" if n else "there is none to name"
        raise ValueError(
            f"{what} holds {wrong} but the graph has {n} {of if n != 1 else of[:-1]}: {allowed}."
        )


def _refuse_shape(shape: tuple[Any, ...]) -> None:
    turned = " (one edge a row: hand in its transpose, edges.T)" if len(shape) == 2 and shape[1] == 2 else ""
    raise ValueError(
        f"edges must have shape (2, e), sources above targets, not {shape}{turned}.".replace("'...'", "...")
    )
