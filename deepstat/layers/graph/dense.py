"""Node features as a tensor."""

from __future__ import annotations

from torch import Tensor

from deepstat.layers.graph.sparse_matrix import SparseMatrix


def dense(x: Tensor | SparseMatrix) -> Tensor:
    """Return x as a dense tensor (n, p), for operators that need the features themselves.

    Examples
    --------
    >>> import torch
    >>> dense(SparseMatrix.from_entries(torch.arange(2), torch.arange(2), torch.ones(2), (2, 2)))
    tensor([[1., 0.],
            [0., 1.]])
    """
    return x.to_dense() if isinstance(x, SparseMatrix) else x
