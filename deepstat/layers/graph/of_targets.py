"""The nodes that a layer computes."""

from __future__ import annotations

import torch
from torch import Tensor

from deepstat.layers.graph.edges import Edges
from deepstat.layers.graph.sparse_matrix import SparseMatrix


def of_targets(edges: Edges, x: Tensor | SparseMatrix) -> Tensor | SparseMatrix:
    """Return the rows of x of the nodes that these edges compute: all, or the first ones of a sampled batch.

    Examples
    --------
    >>> edges = Edges(torch.tensor([1]), torch.tensor([0]), n_nodes=2, n_targets=1)
    >>> of_targets(edges, torch.tensor([[1.0], [2.0]]))
    tensor([[1.]])
    """
    if edges.n_targets is None:
        return x
    if isinstance(x, SparseMatrix):
        return x.select_rows(torch.arange(edges.n_targets, device=x.device))
    return x[: edges.n_targets]
