"""Times of edges."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepstat.graph.freeze import own
from deepstat.graph.read_matrix import check_length, read_vector


def read_time(values: Any, n_edges: int) -> NDArray[Any]:
    """Check the times of edges: numbers become float64, dates datetime64 in their own unit.

    Dates with a time zone become UTC.

    Examples
    --------
    >>> read_time(np.array(["2024-05-01", "2024-06-01"], dtype="datetime64[D]"), 2)
    array(['2024-05-01', '2024-06-01'], dtype='datetime64[D]')
    """
    given = np.asarray(values.to_numpy() if hasattr(values, "to_numpy") else values)
    if given.dtype.kind == "O" and given.ndim == 1 and all(isinstance(time, datetime) for time in given):
        naive = [time if time.tzinfo is None else time.astimezone(UTC).replace(tzinfo=None) for time in given]
        given = np.array(naive, dtype="datetime64[us]")
    if given.dtype.kind != "M":
        return read_vector(given, n_edges, "edge_time", "edge")
    check_length(given, n_edges, "edge_time", "edge")
    if np.isnat(given).any():
        raise ValueError("edge_time holds missing times (NaT): fill them in or leave their edges out.")
    return own(given, given.dtype)
