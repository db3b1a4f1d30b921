"""Networks that decide themselves which rows a training step learns from."""

from __future__ import annotations

from abc import abstractmethod

from torch import Tensor, nn


class DrawsRows(nn.Module):
    """Abstract: a network whose training steps take some of all rows, as many as its own sample of a graph has.

    Whoever trains it alone gives all rows to :meth:`draw_rows` before each forward pass in training, and then the rows
    drawn to ``forward``.

    Examples
    --------
    >>> import torch
    >>> class EverySecond(DrawsRows):
    ...     def steps_an_epoch(self, x):
    ...         return 2
    ...
    ...     def draw_rows(self, x):
    ...         return torch.arange(0, len(x), 2), torch.full((len(x) // 2,), 2.0)
    >>> EverySecond().draw_rows(torch.zeros(4, 1))
    (tensor([0, 2]), tensor([2., 2.]))
    """

    @abstractmethod
    def steps_an_epoch(self, x: Tensor) -> int:
        """Return after how many steps all rows (m, width) have been learned from once, in the mean."""

    @abstractmethod
    def draw_rows(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return which rows the next forward pass is given, at least one, and one over the probability of each.

        Factors are zero where a row has no part in the loss.
        """
