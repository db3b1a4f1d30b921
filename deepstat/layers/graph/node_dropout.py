"""Dropout of node features, dense or sparse."""

from __future__ import annotations

from torch import Tensor

from deepstat.layers.dropout import Dropout
from deepstat.layers.graph.sparse_matrix import SparseMatrix


class NodeDropout(Dropout):
    """:class:`deepstat.layers.dropout.Dropout` that drops the entries present of a sparse matrix: zeros stay zeros.

    Parameters
    ----------
    p : float
        Probability of dropping an entry, 0 <= p < 1.

    Examples
    --------
    >>> import torch
    >>> x = SparseMatrix.from_entries(torch.arange(4), torch.arange(4), torch.ones(4), (4, 4))
    >>> sorted(set(NodeDropout(0.5)(x).values.tolist()))
    [0.0, 2.0]
    """

    def forward(self, x: Tensor | SparseMatrix) -> Tensor | SparseMatrix:  # type: ignore[override]
        """Return x with entries dropped in training, and x itself otherwise."""
        if not self.training or not isinstance(x, SparseMatrix):
            return super().forward(x)  # type: ignore[arg-type]
        return x.with_values(super().forward(x.values))
