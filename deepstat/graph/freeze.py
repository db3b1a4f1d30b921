"""Arrays that nobody changes."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray
from scipy import sparse


def freeze(value: Any) -> Any:
    """Return an array, sparse matrix or mapping of them made read-only, in place where that is possible.

    Examples
    --------
    >>> import numpy as np
    >>> freeze(np.zeros(3)).flags.writeable
    False
    """
    if isinstance(value, np.ndarray):
        value.flags.writeable = False
    elif sparse.issparse(value):
        for part in (value.data, value.indices, value.indptr):
            part.flags.writeable = False
    elif isinstance(value, Mapping):
        return MappingProxyType({key: freeze(entry) for key, entry in value.items()})
    return value


def own(values: Any, dtype: DTypeLike) -> NDArray[Any]:
    """Return a contiguous read-only array that no caller can change: a copy, unless `values` is read-only.

    A read-only array of the right type is kept as it is, so a matrix that fills half of the memory (or lies on
    the disk as a memory map) is not doubled.

    Examples
    --------
    >>> import numpy as np
    >>> given = np.arange(3.0)
    >>> own(given, np.float64) is given
    False
    >>> given.flags.writeable = False
    >>> own(given, np.float64) is given
    True
    """
    given = np.asarray(values)
    array = given.astype(dtype, order="C", copy=False)
    if array.flags.writeable and np.may_share_memory(array, given):
        array = array.copy()
    array.flags.writeable = False
    return array
