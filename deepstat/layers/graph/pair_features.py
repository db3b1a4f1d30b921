"""What the edges between two nodes carry."""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor

from deepstat.layers.graph.edges import Edges


def pair_features(edges: Edges, pairs: Tensor) -> tuple[Tensor, Tensor]:
    """Return the features of each pair, the mean over parallel edges, and whether there is an edge.

    Parameters
    ----------
    edges : Edges
        With features (e, q).
    pairs : Tensor of int64, shape (m, 2)
        Source and target.

    Returns
    -------
    Tensor of shape (m, q)
        Zeros where there is no edge.
    Tensor of shape (m, 1)
        One where there is an edge, else zero.

    Examples
    --------
    >>> edges = Edges(torch.tensor([1, 0]), torch.tensor([0, 1]), n_nodes=3, features=torch.tensor([[5.0], [7.0]]))
    >>> features, present = pair_features(edges, torch.tensor([[0, 1], [2, 1]]))
    >>> features.flatten(), present.flatten()
    (tensor([7., 0.]), tensor([1., 0.]))
    """
    keys, table = edges.remember("pairs", partial(_by_pair, edges))
    key = pairs[:, 1] * edges.n_nodes + pairs[:, 0]
    place = torch.searchsorted(keys, key)  # at most the last one, which no pair has
    present = keys[place] == key
    row = torch.where(present, place, len(keys) - 1)
    return table[row], present[:, None].to(table.dtype)


def _by_pair(edges: Edges) -> tuple[Tensor, Tensor]:
    """Return the ascending keys of all pairs with an edge, and one larger; and their features, zeros for the last."""
    assert edges.features is not None
    keys, place, counts = torch.unique_consecutive(
        edges.target * edges.n_nodes + edges.source, return_inverse=True, return_counts=True
    )
    total = edges.features.new_zeros(len(keys) + 1, edges.features.shape[1])
    total = total.index_add(0, place, edges.features)
    counts = torch.cat([counts, counts.new_ones(1)]).to(total.dtype)
    return torch.cat([keys, keys.new_tensor([edges.n_nodes**2])]), total / counts[:, None]
