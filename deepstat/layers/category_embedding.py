"""Embeddings of categorical columns."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn


class CategoryEmbedding(nn.Module):
    """Indicators for columns with few levels, trained vectors for columns with many.

    Code 0 (missing, or a level never seen) is the zero vector in both and never trained. The outputs are the
    indicators of levels 1 to L of each small column, in column order, then the vectors of each large column,
    in column order.

    Parameters
    ----------
    cardinalities : sequence of int
        Number of levels L of each column.
    embedding_dim : int
        Length of the trained vectors.
    one_hot_max : int or None
        Columns with at most this many levels get indicators; None: all of them.

    Attributes
    ----------
    n_features : int
        Number of outputs.
    table : Parameter of shape (sum of L, embedding_dim)
        The trained vectors of all large columns, one column's levels after another's; uniform in
        ±1 / sqrt(embedding_dim) at the start. Only where there are large columns.

    References
    ----------
    Guo and Berkhahn (2016), Entity embeddings of categorical variables.
    Gorishniy, Rubachev, Khrulkov and Babenko (2021), Revisiting deep learning models for tabular data.

    Examples
    --------
    >>> layer = CategoryEmbedding([2, 3])
    >>> layer(torch.tensor([[1.0, 3.0], [0.0, 2.0]]))
    tensor([[1., 0., 0., 0., 1.],
            [0., 0., 0., 1., 0.]])
    >>> CategoryEmbedding([2, 100], embedding_dim=4).n_features
    6
    """

    column: Tensor
    level: Tensor
    large: Tensor
    before: Tensor

    def __init__(
        self, cardinalities: Sequence[int], embedding_dim: int = 8, one_hot_max: int | None = 9
    ) -> None:
        super().__init__()
        small = [j for j, levels in enumerate(cardinalities) if one_hot_max is None or levels <= one_hot_max]
        large = [j for j in range(len(cardinalities)) if j not in small]
        sizes = torch.tensor([cardinalities[j] for j in large], dtype=torch.long)
        # Where each output finds its column, and which level it stands for; fixed by the cardinalities.
        self.register_buffer(
            "column", torch.tensor([j for j in small for _ in range(cardinalities[j])]).long()
        )
        levels = [float(level) for j in small for level in range(1, cardinalities[j] + 1)]
        self.register_buffer("level", torch.tensor(levels))
        self.register_buffer("large", torch.tensor(large, dtype=torch.long))
        self.register_buffer("before", sizes.cumsum(0) - sizes - 1)
        self.n_indicators = len(levels)
        self.n_features = len(levels) + embedding_dim * len(large)
        bound = embedding_dim**-0.5
        self.table = (
            nn.Parameter(torch.empty(int(sizes.sum()), embedding_dim).uniform_(-bound, bound))
            if large
            else None
        )

    def forward(self, codes: Tensor) -> Tensor:
        """Map float codes (n, number of columns) to (n, n_features)."""
        if self.table is None:
            return self._indicators(codes)
        vectors = self._vectors(codes, self.table)
        return torch.cat([self._indicators(codes), vectors], 1) if self.n_indicators else vectors

    def _indicators(self, codes: Tensor) -> Tensor:
        return (codes.index_select(1, self.column) == self.level).to(codes.dtype)

    def _vectors(self, codes: Tensor, table: Tensor) -> Tensor:
        code = codes.index_select(1, self.large)
        # Code 0 reads some row, clamped to exist, and is then multiplied by zero, as its gradient is.
        row = (code.long() + self.before).clamp(min=0)
        return (nn.functional.embedding(row, table) * (code > 0).unsqueeze(-1)).flatten(1)
