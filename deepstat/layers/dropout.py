"""Dropout whose mask is a pure function of (seed, step, layer, element): no generator is touched."""

from __future__ import annotations

import torch
from torch import Tensor, nn

# Odd 64-bit words written as signed ones, since torch has no unsigned arithmetic; int64 products wrap around.
SEED = -0x61C8864680B583EB  # 2**64 / golden ratio
STEP = -0x2ECBDABC217D106B
LAYER = 0x9E3779B9  # 32 bits, so that layer * LAYER is an int64 without wrapping in Python
FIRST = -0x40A7B892E31B1A47
SECOND = -0x6B2FB644ECCEEE15


def dropout_layers(network: nn.Module) -> dict[str, Dropout]:
    """Return the dropout layers of a network by path, in the order of its modules.

    Examples
    --------
    >>> list(dropout_layers(nn.Sequential(nn.Linear(2, 3), Dropout(0.1), nn.Linear(3, 1))))
    ['1']
    """
    return {path: module for path, module in network.named_modules() if isinstance(module, Dropout)}


def number_dropout_layers(network: nn.Module) -> None:
    """Give the dropout layers of a network the salts 0, 1, 2, … so that no two of them draw the same noise.

    Examples
    --------
    >>> network = nn.Sequential(Dropout(0.1), nn.Linear(2, 2), Dropout(0.1))
    >>> number_dropout_layers(network)
    >>> [layer.layer for layer in dropout_layers(network).values()]
    [0, 1]
    """
    for number, module in enumerate(dropout_layers(network).values()):
        module.layer = number


class Dropout(nn.Module):
    """Set entries to zero with probability `p` and divide the others by 1 - p, in training only.

    Entry i is kept when a 64-bit hash of (seed, step, layer, i) lies above a threshold, so the noise of a
    member is the same in any population and alone, eager and compiled, and after a resumed fit; and `p` may
    differ between members. Whoever trains the network sets the three buffers: with `step` left as it is,
    every forward pass draws the same mask. Use one instance for each place in a network.

    The mask of a batch costs nine kernels and seven scalar ones: about twice ``nn.Dropout`` eagerly, and
    next to nothing compiled, where they fuse into one.

    Parameters
    ----------
    p : float
        Probability of dropping an entry, 0 <= p < 1.

    Attributes
    ----------
    p, seed, step : Tensor of shape ()
        Buffers: float, int64 and int64.
    layer : int
        Which dropout layer of the network this is; see :func:`number_dropout_layers`.

    References
    ----------
    Srivastava, Hinton, Krizhevsky, Sutskever and Salakhutdinov (2014), Dropout, JMLR 15.
    Salmon, Moraes, Dror and Shaw (2011), Parallel random numbers: as easy as 1, 2, 3.
    Steele, Lea and Flood (2014), Fast splittable pseudorandom number generators (the mixing).

    Examples
    --------
    >>> layer = Dropout(0.5)
    >>> layer.seed.fill_(1), layer.step.fill_(2)
    (tensor(1), tensor(2))
    >>> layer(torch.ones(1, 8))
    tensor([[2., 2., 2., 0., 2., 0., 0., 0.]])
    >>> layer.eval()(torch.ones(1, 4))
    tensor([[1., 1., 1., 1.]])
    """

    p: Tensor
    seed: Tensor
    step: Tensor

    def __init__(self, p: float = 0.5) -> None:
        super().__init__()
        if not 0.0 <= p < 1.0:
            raise ValueError(f"Dropout got p={p!r}; give a probability with 0 <= p < 1.")
        self.register_buffer("p", torch.tensor(float(p)))
        self.register_buffer("seed", torch.tensor(0))
        self.register_buffer("step", torch.tensor(0))
        self.layer = 0

    def forward(self, x: Tensor) -> Tensor:
        """Return `x` in evaluation, and its entries times 0 or 1 / (1 - p) in training; any shape."""
        if not self.training:
            return x
        key = torch.add(self.seed * SEED, self.step, alpha=STEP) + self.layer * LAYER
        # The counter meets the key by exclusive or before it is multiplied. A product of the bare counter
        # with a large constant would become arithmetic on the loop index of a compiled kernel: 32 bits on a
        # GPU, and on a CPU an overflow from which the C++ compiler concludes that the loop ends early or
        # never.
        word = torch.arange(x.numel(), device=x.device) ^ key
        # In place on tensors made here: at fifty members most of the time goes into fresh memory. An
        # arithmetic shift clears the sign bit, which merges pairs of words, no more often than a random
        # function does.
        word = word.mul_(FIRST)
        word = word.bitwise_xor_(word >> 32).mul_(SECOND)
        threshold = (self.p * 2.0**64 - 2.0**63).long()
        # The scale sits in the mask, so that the backward pass is one product.
        return x * ((word >= threshold) / (1.0 - self.p)).view(x.shape)

    def extra_repr(self) -> str:
        """Show p as it is now."""
        return f"p={self.p.tolist()}"
