"""Dropout of node features, dense or sparse."""

from __future__ import annotations

import torch
from torch import Tensor

from deepstat.layers.dropout import LAYER, SEED, STEP, Dropout
from deepstat.layers.graph.counter_noise import counter_noise
from deepstat.layers.graph.sparse_matrix import SparseMatrix


class NodeDropout(Dropout):
    """:class:`deepstat.layers.dropout.Dropout` that drops the entries present of a sparse matrix: zeros stay zeros.

    Its masks are those of ``Dropout``, made faster for the large tensors of a graph.

    Parameters
    ----------
    p : float
        Probability of dropping an entry, 0 <= p < 1.

    Examples
    --------
    >>> x = SparseMatrix.from_entries(torch.arange(4), torch.arange(4), torch.ones(4), (4, 4))
    >>> sorted(set(NodeDropout(0.5)(x).values.tolist()))
    [0.0, 2.0]
    """

    def forward(self, x: Tensor | SparseMatrix) -> Tensor | SparseMatrix:  # type: ignore[override]
        """Return x with entries dropped in training, and x itself otherwise."""
        if not self.training:
            return x
        values = x.values if isinstance(x, SparseMatrix) else x
        if values.device.type != "cpu":
            dropped = super().forward(values)
        else:
            key = torch.add(self.seed * SEED, self.step, alpha=STEP) + self.layer * LAYER
            dropped = values * counter_noise(key, self.p, values)
        return x.with_values(dropped) if isinstance(x, SparseMatrix) else dropped
