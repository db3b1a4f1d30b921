"""Random words that are a pure function of (seed, step, layer, place): no generator is touched."""

from __future__ import annotations

import torch
from torch import Tensor

from deepstat.layers.dropout import FIRST, LAYER, SECOND, SEED, STEP, Dropout

BITS = 31


class CounterWords(Dropout):
    """A source of integers below ``2**31`` whose seed and step training sets, as it does for dropout.

    Under evaluation the step stands still, so that every pass draws the same.

    Examples
    --------
    >>> words = CounterWords()
    >>> words.seed.fill_(1), words.step.fill_(2)
    (tensor(1), tensor(2))
    >>> words.below(6, 10)
    tensor([5, 9, 5, 4, 8, 1])
    """

    def __init__(self) -> None:
        super().__init__(0.0)

    def forward(self, n: int) -> Tensor:  # type: ignore[override]
        """Return (n,) int64, uniform on 0 .. 2**31 - 1."""
        key = torch.add(self.seed * SEED, self.step, alpha=STEP) + self.layer * LAYER
        word = (torch.arange(n, device=self.seed.device) ^ key) * FIRST  # Dropout says why the exclusive or
        word = (word ^ (word >> 32)) * SECOND
        return (word >> (64 - BITS)) + (1 << (BITS - 1))

    def below(self, n: int, bound: int) -> Tensor:
        """Return (n,) int64, uniform on 0 .. bound - 1.

        Examples
        --------
        >>> CounterWords().below(1000, 3).unique()
        tensor([0, 1, 2])
        """
        return (self(n) * bound) >> BITS

    def normal(self, shape: tuple[int, ...], dtype: torch.dtype) -> Tensor:
        """Return standard normal numbers, by Box and Muller (1958).

        Examples
        --------
        >>> CounterWords().normal((2, 3), torch.float32).shape
        torch.Size([2, 3])
        """
        size = torch.Size(shape).numel()
        uniform = (self(2 * size).to(dtype) + 0.5) / (1 << BITS)
        radius = (-2 * uniform[:size].log()).sqrt()
        return (radius * (2 * torch.pi * uniform[size:]).cos()).view(shape)
