"""What stateful functions learned, as plain JSON values and back, exactly."""

from __future__ import annotations

from typing import Any

import numpy as np


def to_plain(value: Any) -> Any:
    """Return nested dicts, lists and arrays as plain JSON values; every float survives.

    Examples
    --------
    >>> to_plain({"alpha": {0: np.float64(0.5)}, "center": np.array([1.0])})
    {'pairs': [['alpha', {'pairs': [[0, 0.5]]}], ['center', {'array': [1.0]}]]}
    """
    if isinstance(value, (np.generic, np.ndarray)) and np.ndim(value) == 0:
        value = value.item()
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, np.ndarray):
        return {"array": value.astype(np.float64).tolist()}
    if isinstance(value, (list, tuple)):
        return [to_plain(item) for item in value]
    if isinstance(value, dict):
        return {"pairs": [[to_plain(key), to_plain(item)] for key, item in value.items()]}
    raise TypeError(f"{type(value).__name__} cannot be kept: a function of the formula learned {value!r}.")


def from_plain(value: Any) -> Any:
    """Undo :func:`to_plain`; each call makes new objects.

    Examples
    --------
    >>> from_plain({"pairs": [[0, {"array": [1.0, 2.0]}]]})
    {0: array([1., 2.])}
    """
    if isinstance(value, list):
        return [from_plain(item) for item in value]
    if isinstance(value, dict):
        if "array" in value:
            return np.array(value["array"], dtype=np.float64)
        return {key: from_plain(item) for key, item in value["pairs"]}
    return value
