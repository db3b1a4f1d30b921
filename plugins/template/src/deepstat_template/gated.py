"""A network of gated linear units."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from deepstat.data.inputs import Inputs
from deepstat.layers.column_encoder import ColumnEncoder


def gated(inputs: Inputs, n_outputs: int, *, width: int = 32) -> nn.Module:
    """Build one hidden layer of gated linear units, (x A + a) * sigmoid(x B + b), and an affine output.

    Parameters
    ----------
    inputs : Inputs
        Columns of the table; the encoder turns categories into indicators or embeddings.
    n_outputs : int
    width : int
        Number of hidden units.

    References
    ----------
    Dauphin, Fan, Auli and Grangier (2017), Language modeling with gated convolutional networks, ICML.

    Examples
    --------
    >>> gated(Inputs(n_numeric=3), 2)(torch.zeros(5, 3)).shape
    torch.Size([5, 2])
    """
    if width < 1:
        raise ValueError(f"gated: width={width!r} is not allowed; give a positive integer.")
    encoder = ColumnEncoder(inputs)
    return nn.Sequential(encoder, GatedLinear(encoder.n_features, width), nn.Linear(width, n_outputs))


class GatedLinear(nn.Module):
    """Map (n, n_inputs) to (n, n_units): an affine map times the sigmoid of another."""

    def __init__(self, n_inputs: int, n_units: int) -> None:
        super().__init__()
        self.value = nn.Linear(n_inputs, n_units)
        self.gate = nn.Linear(n_inputs, n_units)

    def forward(self, x: Tensor) -> Tensor:
        """Apply the layer."""
        return self.value(x) * torch.sigmoid(self.gate(x))
