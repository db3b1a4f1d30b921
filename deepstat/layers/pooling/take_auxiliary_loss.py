"""What the layers of a network add to its loss."""

from __future__ import annotations

from torch import Tensor, nn

from deepstat.layers.pooling.with_auxiliary_loss import WithAuxiliaryLoss


def take_auxiliary_loss(network: nn.Module) -> Tensor | float:
    """Return the sum of the `auxiliary_loss` that the last forward pass left in the layers, and clear them.

    Parameters
    ----------
    network : nn.Module

    Returns
    -------
    Tensor of shape (), or 0.0 where no layer has one

    Examples
    --------
    >>> import torch
    >>> layer = WithAuxiliaryLoss()
    >>> layer.auxiliary_loss = torch.tensor(2.0)
    >>> take_auxiliary_loss(nn.Sequential(layer)), layer.auxiliary_loss
    (tensor(2.), None)
    """
    total: Tensor | float = 0.0
    for module in network.modules():
        if isinstance(module, WithAuxiliaryLoss) and module.auxiliary_loss is not None:
            total, module.auxiliary_loss = total + module.auxiliary_loss, None
    return total
