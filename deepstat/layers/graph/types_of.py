"""Types of edges, checked."""

from __future__ import annotations

import torch
from torch import Tensor

from deepstat.layers.graph.edges import Edges


def types_of(edges: Edges, n_types: int) -> Tensor:
    """Return the types (e,) of the edges, all zero where they have none.

    Raises
    ------
    ValueError
        The graph has more types than the network was made for.

    Examples
    --------
    >>> types_of(Edges(torch.tensor([1]), torch.tensor([0]), n_nodes=2), 3)
    tensor([0])
    """
    if edges.n_types > n_types:
        raise ValueError(
            f"The graph has {edges.n_types} types of edges and the network was made for {n_types}: "
            f"build it with n_types={edges.n_types}."
        )
    return torch.zeros_like(edges.source) if edges.type is None else edges.type
