"""Dropout's noise made in pieces that stay in the cache, as one operation of torch."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from deepstat.layers.dropout import FIRST, SECOND

# Counters hashed at once: 256 kB of words and as much of their upper halves, which stay in a core's cache.
PIECE = 1 << 15
_LIBRARY = torch.library.Library("deepstat", "FRAGMENT")
_LIBRARY.define("counter_noise(Tensor keys, Tensor p, Tensor like) -> Tensor")


def counter_noise(key: Tensor, p: Tensor, like: Tensor) -> Tensor:
    """Return factors 0 or 1 / (1 - p) of the shape of `like`, a function of the key alone.

    The 64-bit words are those of :class:`deepstat.layers.dropout.Dropout`; each decides on two entries, by its lower
    and by its upper half. Made by one operation after the other, the words of all members would go through fresh memory
    several times.

    Parameters
    ----------
    key : Tensor of int64, shape ()
        Of seed, step and layer.
    p : Tensor of shape ()
    like : Tensor

    Examples
    --------
    >>> counter_noise(torch.tensor(5), torch.tensor(0.5), torch.ones(6))
    tensor([0., 0., 0., 0., 2., 2.])
    """
    return torch.ops.deepstat.counter_noise(key[None], p[None], like.detach())[0]


def _noise(keys: Tensor, p: Tensor, like: Tensor) -> Tensor:
    n = like.numel()
    out = torch.empty(len(keys), n, dtype=like.dtype)
    count = torch.arange(min((n + 1) // 2, PIECE))
    word, upper = torch.empty_like(count), torch.empty_like(count)
    halves = word.view(torch.int32)
    keep = torch.empty(len(halves), dtype=torch.bool)
    thresholds = (p.double() * 2.0**32 - 2.0**31).long().tolist()
    factors = (1.0 / (1.0 - p)).to(like.dtype)
    for k, (key, threshold) in enumerate(zip(keys.tolist(), thresholds, strict=True)):
        for start in range(0, n, 2 * PIECE):
            m = min(2 * PIECE, n - start)
            words = (m + 1) // 2
            torch.add(count[:words], start // 2, out=word[:words])
            word[:words].bitwise_xor_(key).mul_(FIRST)
            torch.bitwise_right_shift(word[:words], 32, out=upper[:words])
            word[:words].bitwise_xor_(upper[:words]).mul_(SECOND)
            torch.ge(halves[:m], threshold, out=keep[:m])
            torch.mul(keep[:m], factors[k], out=out[k, start : start + m])
    return out.view(len(keys), *like.shape)


def _over_members(info: Any, in_dims: tuple[int | None, ...], *arguments: Tensor) -> tuple[Tensor, int]:
    keys, p = (
        (each.movedim(dim, 0) if dim is not None else each.expand(info.batch_size, 1))[:, 0]
        for each, dim in zip(arguments[:2], in_dims[:2], strict=True)
    )
    like = arguments[2] if in_dims[2] is None else arguments[2].select(in_dims[2], 0)
    return torch.ops.deepstat.counter_noise(keys, p, like)[:, None], 0


_LIBRARY.impl("counter_noise", _noise, "CPU")
torch.library.register_vmap("deepstat::counter_noise", _over_members, lib=_LIBRARY)
