"""Piecewise linear embeddings of numeric columns."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from deepstat.layers.feature_linear import FeatureLinear


class PiecewiseLinearEmbedding(nn.Module):
    """Encode each numeric column by how far it lies through each of its bins, then map it by an affine map.

    Entry t of the encoding of x is ``(x - b_{t-1}) / (b_t - b_{t-1})``, cut to [0, 1]; the first bin is not
    cut below and the last is not cut above, so that the encoding goes on linearly outside the sample. A bin
    of width zero (tied values) is always 0 and its neighbours take its place: the encoding is the one on the
    distinct edges with zeros in between. So members with different ties have networks of one shape.

    Parameters
    ----------
    edges : Tensor of shape (n_features, n_bins + 1)
        Bin edges in ascending order, e.g. from :func:`deepstat.layers.quantile_edges.quantile_edges` or
        :func:`deepstat.layers.tree_edges.tree_edges`.
    n_outputs : int
        Outputs for each column.
    relu : bool
        Whether to apply max(0, ·) to the outputs.
    dense : bool
        Whether the columns themselves follow the outputs.

    Attributes
    ----------
    n_features_out : int
        Number of outputs, ``n_features * n_outputs``, and `n_features` more where `dense`.
    start, slope, low, high : Tensor of shape (n_features, 1, n_bins)
        Buffers: left edges, reciprocal widths (0 for width 0) and the bounds of the cut.

    References
    ----------
    Gorishniy, Rubachev and Babenko (2022), On embeddings for numerical features in tabular deep learning.

    Examples
    --------
    >>> layer = PiecewiseLinearEmbedding(torch.tensor([[0.0, 1.0, 3.0, 4.0]]), n_outputs=2)
    >>> layer.encode(torch.tensor([[2.0], [5.0]]))
    tensor([[[1.0000, 0.5000, 0.0000],
             [1.0000, 1.0000, 2.0000]]])
    """

    start: Tensor
    slope: Tensor
    low: Tensor
    high: Tensor

    def __init__(self, edges: Tensor, n_outputs: int = 8, relu: bool = False, dense: bool = False) -> None:
        super().__init__()
        width = edges.diff()
        if (width < 0).any():
            raise ValueError(
                "PiecewiseLinearEmbedding got edges that fall; give each row in ascending order."
            )
        # A width so small that its reciprocal overflows counts as zero.
        slope = torch.nan_to_num(1.0 / width, posinf=0.0)
        real = (slope > 0).long()
        first, last = (real.cumsum(1) == 1) & (real == 1), (real.flip(1).cumsum(1).flip(1) == 1) & (real == 1)
        low = torch.zeros_like(slope).masked_fill(first, -torch.inf)
        high = torch.ones_like(slope).masked_fill(last, torch.inf)
        values = {"start": edges[:, :-1], "slope": slope, "low": low, "high": high}
        for name, value in values.items():
            self.register_buffer(name, value.clone().unsqueeze(1))
        self.linear = FeatureLinear(edges.shape[0], width.shape[1], n_outputs, relu=relu)
        self.dense = dense
        self.n_features_out = edges.shape[0] * (n_outputs + dense)

    def encode(self, x: Tensor) -> Tensor:
        """Map (n, n_features) to the encoding (n_features, n, n_bins)."""
        return ((x.t().unsqueeze(-1) - self.start) * self.slope).clamp(self.low, self.high)

    def forward(self, x: Tensor) -> Tensor:
        """Map (n, n_features) to (n, n_features_out), the outputs of one column side by side."""
        out = self.linear(self.encode(x))
        return torch.cat([out, x], 1) if self.dense else out
