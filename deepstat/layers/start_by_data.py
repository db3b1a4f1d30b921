"""Initial weights and biases that look at the data."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

# Rows that standard deviations are taken of.
ROWS = 512


def some_rows(sample: Tensor) -> Tensor:
    """Return up to 512 rows of a sample, drawn by torch's generator: enough for a standard deviation.

    Examples
    --------
    >>> some_rows(torch.zeros(1000, 3)).shape
    torch.Size([512, 3])
    """
    return sample[torch.randperm(len(sample))[:ROWS]]


@torch.no_grad()
def start_by_data(layers: nn.Sequential, features: Tensor) -> None:
    """Give every unit of the hidden layers unit variance over the sample, and its kink to a row of the sample.

    From the first affine map to the last but one: weights are divided by the standard deviation of what they make of
    the sample, and each bias is minus the value at a random row, so that hyperplanes pass through the data instead of
    through the origin. A unit that is constant over the sample keeps its weights. The last affine map is left as it
    is. Buffers of normalisation layers do not move.

    Parameters
    ----------
    layers : nn.Sequential
        Affine maps (``nn.Linear`` or a subclass) and what is between them.
    features : Tensor of shape (n, n_features)
        What the first layer will see of training rows, see :func:`some_rows`. The rows of the biases are drawn of them
        by torch's generator.

    References
    ----------
    Mishkin and Matas (2016), All you need is a good init, ICLR, for the variances. Steinwart (2019), A sober look at
    neural network initializations, for the biases.

    Examples
    --------
    >>> layers = nn.Sequential(nn.Linear(2, 5), nn.ReLU(), nn.Linear(5, 1))
    >>> x = torch.randn(100, 2)
    >>> start_by_data(layers, x)
    >>> torch.allclose(layers[0](x).std(0, correction=0), torch.ones(5), atol=1e-4)
    True
    """
    if len(features) < 2:
        return
    affine = [layer for layer in layers if isinstance(layer, nn.Linear)]
    hidden = features.to(affine[0].weight.dtype)
    training = layers.training
    layers.eval()
    for layer in layers:
        if layer is affine[-1]:
            break
        if layer in affine:
            _standardise(layer, hidden)
        hidden = layer(hidden)
    layers.train(training)


def _standardise(layer: Callable[[Tensor], Tensor] | nn.Module, hidden: Tensor) -> None:
    layer.bias.zero_()  # type: ignore[union-attr]
    out = layer(hidden)  # type: ignore[operator]
    deviation = out.std(0, correction=0)
    factor = torch.where(deviation > 1e-6, 1.0 / deviation.clamp(min=1e-6), 1.0)
    layer.weight.mul_(factor[:, None])  # type: ignore[union-attr]
    at = torch.randint(len(hidden), (out.shape[1],))
    layer.bias.copy_(-(out * factor)[at, torch.arange(out.shape[1])])  # type: ignore[union-attr]
