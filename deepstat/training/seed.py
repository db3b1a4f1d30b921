"""Stateless seeds: every random draw is a function of (member seed, purpose, counter), so nothing has to be resumed."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor, nn

INITIAL, ORDER, DROPOUT, SPLIT = range(4)


def mix(seed: int, *words: int) -> int:
    """Return a 63-bit seed for one purpose, from a member's seed and further words.

    Examples
    --------
    >>> mix(1, ORDER, 0) == mix(1, ORDER, 0), mix(1, ORDER, 0) == mix(1, ORDER, 1)
    (True, False)
    """
    low, high = np.random.SeedSequence([seed, *words]).generate_state(2, np.uint32)
    return int(low) | (int(high) & 0x7FFFFFFF) << 32


def permutation(n: int, seed: int, epoch: int) -> Tensor:
    """Return the order of `n` rows in one epoch of the member with this seed; int64 on the CPU."""
    generator = torch.Generator().manual_seed(mix(seed, ORDER, epoch))
    return torch.randperm(n, generator=generator)


# torch has one generator for all threads: who borrows it must be alone.
_BORROWED = threading.RLock()
_QUIET = ("torch.nn.modules.", "deepstat.")
_NOISY = (nn.modules.dropout._DropoutNd, nn.RReLU, nn.MultiheadAttention, nn.RNNBase, nn.FractionalMaxPool2d)


def may_draw(network: nn.Module) -> bool:
    """Say whether a network may draw noise of its own from torch's generator (deepstat's layers never do).

    Examples
    --------
    >>> may_draw(nn.Sequential(nn.Linear(2, 2), nn.ReLU())), may_draw(nn.Dropout(0.5))
    (False, True)
    """
    return any(
        isinstance(module, _NOISY) or not type(module).__module__.startswith(_QUIET)
        for module in network.modules()
    )


@contextlib.contextmanager
def own_noise(seed: int, device: torch.device) -> Iterator[None]:
    """Seed the device's and the CPU's generator for code that draws from them; restore both afterwards."""
    gpu = device.type == "cuda"
    with _BORROWED, torch.random.fork_rng(devices=[device] if gpu else []):
        torch.default_generator.manual_seed(
            seed
        )  # torch.manual_seed would also seed devices that are not restored
        if gpu:
            with torch.cuda.device(device):
                torch.cuda.manual_seed(seed)
        yield
