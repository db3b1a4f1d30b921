"""Categories as numbers: the shrunken mean of the target of each level."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from deepstat.layers.category_embedding import CategoryEmbedding


class OrderedCategories(nn.Module):
    """Indicators for columns with few levels; for columns with many, the mean of the target of the row's level.

    Of a level with weight n and target sum s the number is ``(s + m o) / (n + m)``, where o is the mean over all rows:
    levels with few rows are shrunk towards it, and missing or unseen levels are it. There is one such number for each
    column of the target, that is for each of more than two classes. Over the sample each number is standardised. So
    levels are put in the order of their effects, and a network sees one number instead of a vector to be trained for
    each level: that is fast, and good where levels differ mainly in the mean of the target.

    The numbers are computed from the rows that the network is then trained on, so they are optimistic: a level with
    one row tells the network that row's target, divided by 1 + m. Shrinkage bounds that, and rows held out for early
    stopping are never in the sample; with many levels of few rows and noisy targets take a larger m, or vectors.

    The outputs are the indicators of small columns, in column order, then the numbers of large ones, in column order.

    Parameters
    ----------
    cardinalities : sequence of int
        Number of levels L of each column; codes are 0 (missing or never seen) to L.
    codes : Tensor of shape (n, number of columns) or None
        A sample; None for a network whose values will be loaded.
    target : Tensor of shape (n, n_targets) or None
        Its target; entries that are not finite (open ends of intervals) are left out. None: every number is 0.
    weight : Tensor of shape (n,) or None
        Frequencies of the rows.
    n_targets : int
        Numbers for each large column.
    one_hot_max : int or None
        Columns with at most this many levels get indicators; None: all of them.
    shrinkage : float
        m, in rows: the weight of the overall mean.

    Attributes
    ----------
    n_features : int
        Number of outputs.
    value : Tensor of shape (sum of L + 1 over large columns, n_targets)
        Buffer: the numbers of code 0 and of each level of a column, one column's after another's.

    References
    ----------
    Micci-Barreca (2001), A preprocessing scheme for high-cardinality categorical attributes in classification and
    prediction problems.
    Pargent, Pfisterer, Thomas and Bischl (2022), Regularized target encoding outperforms traditional methods in
    supervised machine learning with high cardinality features.

    Examples
    --------
    >>> codes, target = torch.tensor([[1.0], [1.0], [2.0], [2.0]]), torch.tensor([[0.0], [2.0], [4.0], [6.0]])
    >>> layer = OrderedCategories([2], codes, target, one_hot_max=1)
    >>> layer(torch.tensor([[2.0], [1.0], [0.0]])).flatten().tolist()
    [1.0, -1.0, 0.0]
    """

    small: Tensor
    large: Tensor
    first: Tensor
    value: Tensor

    def __init__(
        self,
        cardinalities: Sequence[int],
        codes: Tensor | None = None,
        target: Tensor | None = None,
        weight: Tensor | None = None,
        *,
        n_targets: int = 1,
        one_hot_max: int | None = 9,
        shrinkage: float = 10.0,
    ) -> None:
        super().__init__()
        if not shrinkage >= 0.0:
            raise ValueError(f"shrinkage is {shrinkage!r}; give a number of rows, at least 0.")
        small = [j for j, levels in enumerate(cardinalities) if one_hot_max is None or levels <= one_hot_max]
        large = [j for j in range(len(cardinalities)) if j not in small]
        sizes = torch.tensor([cardinalities[j] + 1 for j in large], dtype=torch.long)
        self.register_buffer("small", torch.tensor(small, dtype=torch.long))
        self.register_buffer("large", torch.tensor(large, dtype=torch.long))
        self.register_buffer("first", sizes.cumsum(0) - sizes)
        self.indicators = CategoryEmbedding([cardinalities[j] for j in small], one_hot_max=None)
        self.n_features = self.indicators.n_features + n_targets * len(large)
        values = [torch.zeros(int(size), n_targets) for size in sizes]
        if codes is not None and target is not None:
            values = [
                _values(codes[:, j].long(), target, weight, int(size), shrinkage)
                for j, size in zip(large, sizes, strict=True)
            ]
        self.register_buffer("value", torch.cat(values) if values else torch.zeros(0, n_targets))

    def forward(self, codes: Tensor) -> Tensor:
        """Map float codes (n, number of columns) to (n, n_features)."""
        row = codes.index_select(1, self.large).long() + self.first
        numbers = nn.functional.embedding(row, self.value).flatten(1)
        if self.indicators.n_features == 0:
            return numbers
        return torch.cat([self.indicators(codes.index_select(1, self.small)), numbers], 1)


def _values(code: Tensor, target: Tensor, weight: Tensor | None, n_codes: int, shrinkage: float) -> Tensor:
    """Return the standardised shrunken means (n_codes, n_targets) of one column's codes."""
    dtype, target = target.dtype, target.double()
    rows = torch.ones(len(code), 1).to(target) if weight is None else weight.to(target).unsqueeze(1)
    counts = rows * target.isfinite()
    sums = counts * torch.where(target.isfinite(), target, 0.0)
    overall = sums.sum(0) / counts.sum(0).clamp(min=torch.finfo(torch.float64).tiny)
    empty = target.new_zeros(n_codes, target.shape[1])
    n, s = empty.index_add(0, code, counts), empty.index_add(0, code, sums)
    whole = n + shrinkage
    value = torch.where(whole > 0, (s + shrinkage * overall) / whole, overall)
    value[0] = overall
    by_row, share = value[code], rows / rows.sum()
    center = (share * by_row).sum(0)
    spread = (share * (by_row - center).square()).sum(0).sqrt()
    # Levels whose means differ by rounding only do not differ.
    real = spread > 1e-12 * value.abs().max()
    return torch.where(real, (value - center) / torch.where(real, spread, 1.0), 0.0).to(dtype)
