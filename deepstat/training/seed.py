"""Stateless seeds: every random draw is a function of (member seed, purpose, counter), so nothing has to be resumed."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

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


@contextlib.contextmanager
def own_noise(seed: int, device: torch.device) -> Iterator[None]:
    """Seed the device's and the CPU's generator for networks that draw their own noise; restore both afterwards."""
    gpu = device.type == "cuda"
    with torch.random.fork_rng(devices=[device] if gpu else []):
        torch.default_generator.manual_seed(
            seed
        )  # torch.manual_seed would also seed devices that are not restored
        if gpu:
            with torch.cuda.device(device):
                torch.cuda.manual_seed(seed)
        yield
