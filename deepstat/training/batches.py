"""Which rows each member sees when: orders, segments and gathered blocks.

Slices of tensors that already lie on the device; no loader, no object for each row.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from deepstat.data.tensors import concatenate
from deepstat.training.plan import Plan
from deepstat.training.seed import permutation

# Rows are gathered for many steps at once: one call instead of one a step. The block stays inside the cache.
BLOCK_BYTES = 4 << 20


@dataclass(frozen=True)
class Segment:
    """A run of steps in which the same members take batches of one size.

    Attributes
    ----------
    members : tuple of int or None
        None: all members.
    size : int
        Rows in each batch.
    first, n_steps : int
        Position of its first row in each member's order; number of batches.
    """

    members: tuple[int, ...] | None
    size: int
    first: int
    n_steps: int


def batch_sizes(n_rows: int, batch_size: int) -> list[int]:
    """Return the sizes of one epoch's batches: full ones, then the odd rest.

    A rest of a single row joins the last full batch, because batch statistics of one row do not exist.

    Examples
    --------
    >>> batch_sizes(10, 4), batch_sizes(9, 4), batch_sizes(3, 4)
    ([4, 4, 2], [4, 5], [3])
    """
    full, rest = divmod(n_rows, batch_size)
    sizes = [batch_size] * full
    if rest == 1 and full:
        sizes[-1] += 1
    elif rest:
        sizes.append(rest)
    return sizes


def segments(n_rows: list[int], batch_size: int) -> list[Segment]:
    """Return one epoch as segments in which all members taking part have batches of the same size.

    Nothing is padded, so that batch statistics see a member's own rows alone.

    Examples
    --------
    >>> [(s.members, s.size, s.n_steps) for s in segments([8, 9], 4)]
    [(None, 4, 1), ((0,), 4, 1), ((1,), 5, 1)]
    """
    sizes = [batch_sizes(n, batch_size) for n in n_rows]
    found: list[Segment] = []
    for step in range(max(map(len, sizes))):
        groups: dict[int, list[int]] = {}
        for k, own in enumerate(sizes):
            if step < len(own):
                groups.setdefault(own[step], []).append(k)
        for size, group in groups.items():
            members = None if len(group) == len(sizes) else tuple(group)
            last = next((s for s in reversed(found) if s.members == members and s.size == size), None)
            if last and last.first + last.n_steps * size == step * batch_size:
                found[found.index(last)] = Segment(members, size, last.first, last.n_steps + 1)
            else:
                found.append(Segment(members, size, step * batch_size, 1))
    return found


class Rows:
    """The rows of a population: one joined table, and for each member its order, standardisation and weight factor."""

    def __init__(self, plans: list[Plan], batch_size: int) -> None:
        self.table, starts = concatenate([plan.table for plan in plans])
        self.batch_size = batch_size
        self.rows = [
            torch.from_numpy(plan.rows.astype(np.int32) + s) for plan, s in zip(plans, starts, strict=True)
        ]
        self.validation = [
            None
            if plan.validation_rows is None
            else torch.from_numpy(plan.validation_rows.astype(np.int32) + s)
            for plan, s in zip(plans, starts, strict=True)
        ]
        self.seeds = [plan.seed for plan in plans]
        self.center, self.scale = _affine(plans)
        self.factor = self._weight_factors()

    def _weight_factors(self) -> Tensor | None:
        """Return (K,) factors that give each member's weights mean one over its rows."""
        if self.table.weight is None:
            return None
        means = [self.table.weight[rows.to(self.table.weight.device)].mean() for rows in self.rows]
        return 1.0 / torch.stack(means)

    def select(self, members: list[int]) -> None:
        """Keep only the given members."""
        for name in ("rows", "validation", "seeds"):
            setattr(self, name, [getattr(self, name)[k] for k in members])
        index = torch.tensor(members, device=self.table.y.device)
        for name in ("center", "scale", "factor"):
            if getattr(self, name) is not None:
                setattr(self, name, getattr(self, name)[index])

    def orders(self, epoch: int) -> list[Tensor]:
        """Return each member's rows in the order of this epoch; a single full batch keeps its order."""
        return [
            rows if len(rows) <= self.batch_size else rows[permutation(len(rows), seed, epoch)]
            for rows, seed in zip(self.rows, self.seeds, strict=True)
        ]

    def blocks(
        self, orders: list[Tensor], segment: Segment, members: list[int]
    ) -> Iterator[tuple[Tensor, Tensor, Tensor | None]]:
        """Yield blocks of steps: x (S, K, B, width), y (S, K, B, k), weight (S, K, B) or None."""
        row_bytes = self.table.x.shape[1] * self.table.y.element_size()
        per_step = len(members) * segment.size * row_bytes
        stride = max(1, BLOCK_BYTES // max(per_step, 1))
        for first in range(0, segment.n_steps, stride):
            n_steps = min(stride, segment.n_steps - first)
            start = segment.first + first * segment.size
            index = torch.stack([orders[k][start : start + n_steps * segment.size] for k in members])
            index = index.view(len(members), n_steps, segment.size).transpose(0, 1)
            yield self.gather(index, members)

    def gather(self, index: Tensor, members: list[int]) -> tuple[Tensor, Tensor, Tensor | None]:
        """Return the standardised rows, targets and weights of `index` (..., K, B), a member's rows along axis -2."""
        flat = index.reshape(-1).to(self.table.y.device)
        x = self.table.x.index_select(0, flat).view(*index.shape, -1)
        y = self.table.y.index_select(0, flat).view(*index.shape, -1)
        if self.center is not None and self.scale is not None:
            x = (x - self.center[members][:, None]) * self.scale[members][:, None]
        if self.table.weight is None or self.factor is None:
            return x, y, None
        return x, y, self.table.weight.index_select(0, flat).view(index.shape) * self.factor[members][:, None]


def _affine(plans: list[Plan]) -> tuple[Tensor | None, Tensor | None]:
    if plans[0].center is None:
        return None, None
    return torch.stack([p.center for p in plans]), torch.stack([p.scale for p in plans])  # type: ignore[misc]
