"""Dropout's noise made in pieces that stay in the cache, as one operation of torch."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from deepstat.layers.dropout import FIRST, SECOND

# Counters hashed at once: 128 kB each of words and of their upper halves.
PIECE = 1 << 14
_LIBRARY = torch.library.Library("deepstat", "FRAGMENT")
_LIBRARY.define("counter_noise(Tensor keys, Tensor p, Tensor like) -> Tensor")


def counter_noise(key: Tensor, p: Tensor, like: Tensor) -> Tensor:
    """Return factors 0 or 1 / (1 - p) of the shape of `like`: the same numbers as in :class:`Dropout`, to the bit.

    The steps one by one write tensors of eight bytes an entry, for all members, to fresh memory; here it takes a third
    of the time for twenty members of 173,312 entries. For eager networks on the CPU: compiled, the steps fuse anyway.

    Parameters
    ----------
    key : Tensor of int64, shape ()
        Of seed, step and layer.
    p : Tensor of shape ()
    like : Tensor

    Examples
    --------
    >>> counter_noise(torch.tensor(5), torch.tensor(0.5), torch.ones(6))
    tensor([0., 0., 2., 2., 0., 2.])
    """
    return torch.ops.deepstat.counter_noise(key[None], p[None], like.detach())[0]  # type: ignore[no-any-return]


def _noise(keys: Tensor, p: Tensor, like: Tensor) -> Tensor:
    n = like.numel()
    out = torch.empty(len(keys), n, dtype=like.dtype)
    count = torch.arange(min(n, PIECE))
    word, half = torch.empty_like(count), torch.empty_like(count)
    keep = torch.empty(len(count), dtype=torch.bool)
    thresholds, factors = (p * 2.0**64 - 2.0**63).long().tolist(), (1.0 / (1.0 - p)).to(like.dtype)
    for k, (key, threshold) in enumerate(zip(keys.tolist(), thresholds, strict=True)):
        for start in range(0, n, PIECE):
            m = min(PIECE, n - start)
            torch.add(count[:m], start, out=word[:m])
            word[:m].bitwise_xor_(key).mul_(FIRST)
            torch.bitwise_right_shift(word[:m], 32, out=half[:m])
            word[:m].bitwise_xor_(half[:m]).mul_(SECOND)
            torch.ge(word[:m], threshold, out=keep[:m])
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
