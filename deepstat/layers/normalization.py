"""Normalisation layers by name."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor, nn

from deepstat.errors import unknown


def make_normalization(name: str, width: int) -> nn.Module | None:
    """Build a normalisation of `width` features: ``"batch"``, ``"layer"``, or None for ``"none"``.

    Layer norm treats each row by itself. Batch norm makes a row's training signal depend on the other rows of
    its batch, so a weight of two no longer equals the row twice.

    References
    ----------
    Ioffe and Szegedy (2015), Batch normalization. Ba, Kiros and Hinton (2016), Layer normalization.

    Examples
    --------
    >>> make_normalization("layer", 4)
    LayerNorm((4,), eps=1e-05, elementwise_affine=True, bias=True)
    >>> make_normalization("none", 4) is None
    True
    """
    if name not in NORMALIZATIONS:
        raise unknown("normalization", name, NORMALIZATIONS)
    return NORMALIZATIONS[name](width)


class BatchNorm(nn.BatchNorm1d):
    """``nn.BatchNorm1d``, except that a batch of one row, which has no variance, gets the running statistics.

    The last batch of an epoch may hold a single row; torch refuses it.

    Examples
    --------
    >>> import torch
    >>> layer = BatchNorm(2, eps=0.0)
    >>> layer(torch.tensor([[1.0, 2.0]])).tolist()
    [[1.0, 2.0]]
    """

    def forward(self, x: Tensor) -> Tensor:
        """Map (n, width) to the same shape."""
        if self.training and x.shape[0] == 1:
            return nn.functional.batch_norm(
                x, self.running_mean, self.running_var, self.weight, self.bias, eps=self.eps
            )
        return super().forward(x)


NORMALIZATIONS: dict[str, Callable[[int], nn.Module | None]] = {
    "none": lambda width: None,
    "batch": BatchNorm,
    "layer": nn.LayerNorm,
}
