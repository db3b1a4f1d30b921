"""Times that are given to a splitter."""

from __future__ import annotations

from typing import Any

import numpy as np


def read_times(times: Any, name: str, length: int | None = None) -> np.ndarray:
    """Return times as float64, or as datetime64 if they are no numbers.

    Parameters
    ----------
    times : array-like
        Numbers, datetimes, or text as in ``"2024-05-01"``.
    name : str
        What they are called in a sentence.
    length : int, default None
        How many there must be; None: one.

    Returns
    -------
    ndarray of shape (length,) or ()

    Raises
    ------
    ValueError
        If times are missing, cannot be read, or are not as many.

    Examples
    --------
    >>> read_times([2019, 2020], "groups", 2).tolist()
    [2019.0, 2020.0]
    >>> read_times("2024-05-01", "time").item()
    datetime.date(2024, 5, 1)
    """
    read = np.asarray(times)
    shape = () if length is None else (length,)
    if read.shape != shape:
        wanted = "one time" if length is None else f"a list of {length} times"
        raise ValueError(f"{name} has shape {read.shape}: give {wanted}.")
    if read.dtype.kind != "M":
        try:
            read = read.astype(np.float64)
        except (TypeError, ValueError):
            try:
                read = read.astype("datetime64")
            except (TypeError, ValueError):
                raise ValueError(f"{name} holds what is no time: give numbers or datetimes.") from None
    if (np.isnat(read) if read.dtype.kind == "M" else np.isnan(read)).any():
        raise ValueError(f"{name} has missing times: give all of them.")
    return read
