"""How many nodes there are, from all that is said of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np


def count_nodes(n_nodes: Any, names: Any, features: Any, node_type: Any) -> int | None:
    """Return the number of nodes on which all agree, or None if nothing is said.

    Examples
    --------
    >>> import numpy as np
    >>> count_nodes(None, ["a", "b"], np.zeros((3, 1)), None)
    Traceback (most recent call last):
    ...
    ValueError: The number of nodes is unclear: node_names has 2 and node_features has 3.
    """
    if n_nodes is not None:
        whole = isinstance(n_nodes, (int, np.integer)) and not isinstance(n_nodes, bool)
        if not whole or n_nodes < 0:
            raise ValueError(f"n_nodes must be a whole number from 0 on, not {n_nodes!r}.")
    matrix = (
        None if isinstance(features, Mapping) else features
    )  # node_type says how many nodes a dict is for
    counts = {
        "n_nodes": n_nodes,
        "node_names": None if names is None else len(names),
        "node_type": None if node_type is None else len(node_type),
        "node_features": None if matrix is None else matrix.shape[0],
    }
    given = {what: int(count) for what, count in counts.items() if count is not None}
    if len(set(given.values())) > 1:
        said = (f"{what} {'is' if what == 'n_nodes' else 'has'} {count}" for what, count in given.items())
        raise ValueError(f"The number of nodes is unclear: {' and '.join(said)}.")
    return next(iter(given.values()), None)
