"""Networks whose raw outputs come several times, once from each head."""

from __future__ import annotations

from typing import Any


def heads_of(network: Any) -> int | None:
    """Return how many heads a network says that it has by its attribute ``n_heads``; None where it says nothing.

    A network with H heads returns raw outputs (n, H, k) instead of (n, k), in training and in prediction. Its loss is
    the mean of its heads' losses, and its heads are averaged as members of an ensemble are. Both the attribute and the
    third axis are needed: many a network counts heads of attention under that name.

    Parameters
    ----------
    network : nn.Module
        The outermost module.

    Returns
    -------
    int or None

    Examples
    --------
    >>> from torch import nn
    >>> network = nn.Linear(2, 1)
    >>> heads_of(network)
    >>> network.n_heads = 4
    >>> heads_of(network)
    4
    """
    found = getattr(network, "n_heads", None)
    return found if isinstance(found, int) else None
