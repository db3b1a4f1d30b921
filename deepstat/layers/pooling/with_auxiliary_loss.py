"""Layers that add something to the loss."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn


class WithAuxiliaryLoss(nn.Module):
    """A layer whose forward pass in training leaves a term of the loss in `auxiliary_loss`, and None otherwise.

    Whoever trains the network adds :func:`deepstat.layers.pooling.take_auxiliary_loss.take_auxiliary_loss` to the loss
    right after the forward pass, inside ``vmap`` where members are batched: the tensor belongs to that pass. Copies
    and pickles leave it behind.

    Attributes
    ----------
    auxiliary_loss : Tensor of shape () or None

    Examples
    --------
    >>> WithAuxiliaryLoss().auxiliary_loss is None
    True
    """

    def __init__(self) -> None:
        super().__init__()
        self.auxiliary_loss: Tensor | None = None

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "auxiliary_loss": None}
