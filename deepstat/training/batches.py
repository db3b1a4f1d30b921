"""Which rows each member sees when: orders, segments and gathered blocks.

Slices of tensors that already lie on the device; no loader, no object for each row.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from deepstat.data.tensors import join
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
    own : tuple of int or None
        How many rows of the batch are a member's own, where some have fewer than `size`: the others are padding of
        weight zero.
    before : int
        Steps of the epoch before its pass over the rows, where an epoch passes over them more than once.
    """

    members: tuple[int, ...] | None
    size: int
    first: int
    n_steps: int
    own: tuple[int, ...] | None = None
    before: int = 0


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


def segments(n_rows: Sequence[int], batch_size: int, *, padded: bool = False) -> list[Segment]:
    """Return one epoch as segments in which all members taking part have batches of one size.

    Where a row's prediction may depend on the others of its batch (batch statistics) nothing is padded, so members
    with another rest take steps of their own. Elsewhere rests are padded to full batches, at weight zero: folds and
    bootstrap draws of unequal sizes then share all their steps.

    Examples
    --------
    >>> [(s.members, s.size, s.n_steps) for s in segments([8, 9], 4)]
    [(None, 4, 1), ((0,), 4, 1), ((1,), 5, 1)]
    >>> [(s.size, s.n_steps, s.own) for s in segments([10, 11], 4, padded=True)]
    [(4, 2, None), (4, 1, (2, 3))]
    """
    sizes = [batch_sizes(n, batch_size) for n in n_rows]
    found: list[Segment] = []
    for step in range(max(map(len, sizes))):
        groups: dict[int, list[int]] = {}
        for k, own in enumerate(sizes):
            if step < len(own):
                width = max(own[step], batch_size) if padded else own[step]
                groups.setdefault(width, []).append(k)
        for size, group in groups.items():
            members = None if len(group) == len(sizes) else tuple(group)
            counts = tuple(sizes[k][step] for k in group)
            new = Segment(members, size, step * batch_size, 1, None if min(counts) == size else counts)
            last = next((s for s in reversed(found) if s.members == members and s.size == size), None)
            if last and last.own == new.own and last.first + last.n_steps * size == new.first:
                found[found.index(last)] = replace(last, n_steps=last.n_steps + 1)
            else:
                found.append(new)
    return found


class Rows:
    """The rows of a population: parts stored once, and for each member its order, standardisation, weight factor.

    Attributes
    ----------
    x, y, weight : Tensor
        The distinct parts of the members' tables, joined.
    rows, validation : list of Tensor
        Row numbers in a member's own table, int32, on the CPU.
    weighted : bool
        Give a weight with each batch, if only of ones: padded and full batches then run through one graph.
    """

    def __init__(self, plans: list[Plan], batch_size: int) -> None:
        tables = [plan.table for plan in plans]
        self.x, starts = join([table.x for table in tables])
        self.y, y_starts = join([table.y for table in tables])
        self.weight, weight_starts = None, starts
        if tables[0].weight is not None:
            self.weight, weight_starts = join([table.weight for table in tables])
        self.batch_size, self.weighted = batch_size, False
        self.rows = [_int32(plan.rows) for plan in plans]
        self.validation = [
            None if plan.validation_rows is None else _int32(plan.validation_rows) for plan in plans
        ]
        self.seeds = [plan.seed if plan.order_seed is None else plan.order_seed for plan in plans]
        device = self.y.device
        self.starts, self.y_starts, self.weight_starts = (
            _offsets(each, device) for each in (starts, y_starts, weight_starts)
        )
        self.center, self.scale = _affine(plans)
        self.factor = self._weight_factors()

    def _weight_factors(self) -> Tensor | None:
        """Return (K,) factors that give each member's weights mean one over its rows."""
        if self.weight is None:
            return None
        return 1.0 / torch.stack([self.weights(k, rows).mean() for k, rows in enumerate(self.rows)])

    def select(self, members: list[int]) -> None:
        """Keep only the given members."""
        for name in ("rows", "validation", "seeds"):
            setattr(self, name, [getattr(self, name)[k] for k in members])
        index = torch.tensor(members, device=self.y.device)
        for name in ("center", "scale", "factor", "starts", "y_starts", "weight_starts"):
            if getattr(self, name) is not None:
                setattr(self, name, getattr(self, name)[index])

    def targets(self, k: int, rows: Tensor) -> Tensor:
        """Return the targets of some rows of member k's table."""
        index = rows.to(self.y.device)
        return self.y.index_select(0, index if self.y_starts is None else index + self.y_starts[k])

    def weights(self, k: int, rows: Tensor) -> Tensor:
        """Return the weights of some rows of member k's table, as given."""
        assert self.weight is not None
        index = rows.to(self.y.device)
        return self.weight.index_select(
            0, index if self.weight_starts is None else index + self.weight_starts[k]
        )

    def orders(self, epoch: int) -> list[Tensor]:
        """Return each member's rows in the order of this epoch; a single full batch keeps its order.

        Members with one seed for their order and the same rows share one tensor.
        """
        found: dict[tuple[int, int], Tensor] = {}
        orders = []
        for rows, seed in zip(self.rows, self.seeds, strict=True):
            key = seed, rows.data_ptr()
            if key not in found:
                short = len(rows) <= self.batch_size
                found[key] = rows if short else rows[permutation(len(rows), seed, epoch)]
            orders.append(found[key])
        return orders

    def blocks(
        self, orders: list[Tensor], segment: Segment, members: list[int]
    ) -> Iterator[tuple[Tensor, Tensor, Tensor | None]]:
        """Yield blocks of steps: x (S, K, B, width), y (S, K, B, k), weight (S, K, B) or None.

        `members` may name more than take part in the segment; the others get rows of theirs as company.
        """
        row_bytes = self.x.shape[1] * self.y.element_size()
        stride = max(1, BLOCK_BYTES // max(len(members) * segment.size * row_bytes, 1))
        present = self._present(segment, members)
        shared = self.starts is None and all(orders[k] is orders[members[0]] for k in members)
        for first in range(0, segment.n_steps, stride):
            n_steps = min(stride, segment.n_steps - first)
            start, length = segment.first + first * segment.size, n_steps * segment.size
            index = torch.stack(
                [_slice(orders[k], start, length) for k in (members[:1] if shared else members)]
            )
            index = index.view(-1, n_steps, segment.size).transpose(0, 1)
            x, y, weight = self.gather(index, members)
            if present is not None:
                weight = present if weight is None else weight * present
            if weight is None and self.weighted:
                weight = self.y.new_ones(n_steps, len(members), segment.size)
            yield x, y, weight

    def _present(self, segment: Segment, members: list[int]) -> Tensor | None:
        """Return (1, K, B) weights of mean one over a batch: zero at the padding. None where nothing is padded."""
        if segment.own is None:
            return None
        taking = segment.members or range(len(self.rows))
        own = dict(zip(taking, segment.own, strict=True))
        counts = torch.tensor([own.get(k, segment.size) for k in members], dtype=torch.float64)[:, None]
        present = (torch.arange(segment.size) < counts) * (segment.size / counts)
        return present.to(self.y)[None]

    def gather(self, index: Tensor, members: list[int]) -> tuple[Tensor, Tensor, Tensor | None]:
        """Return the standardised rows, targets and weights of `index` (..., K, B), a member's rows along axis -2.

        An index (..., 1, B) is the same for all `members`.
        """
        index = index.to(self.y.device)
        x = _take(self.x, index, self.starts, members)
        y = _take(self.y, index, self.y_starts, members)
        if self.center is not None and self.scale is not None:
            x = (x - self.center[members][:, None]) * self.scale[members][:, None]
        lead = (*index.shape[:-2], len(members), index.shape[-1])
        x, y = x.expand(*lead, -1), y.expand(*lead, -1)
        if self.weight is None or self.factor is None:
            return x, y, None
        weight = _take(self.weight, index, self.weight_starts, members)
        return x, y, weight * self.factor[members][:, None]


def _take(part: Tensor, index: Tensor, starts: Tensor | None, members: list[int]) -> Tensor:
    if starts is not None:
        index = index + starts[members][:, None]
    return part.index_select(0, index.reshape(-1)).view(*index.shape, *part.shape[1:])


def _slice(order: Tensor, start: int, length: int) -> Tensor:
    """Return a part of an order; rows beyond its end are the member's first."""
    part = order[start : start + length]
    missing = length - len(part)
    return part if not missing else torch.cat([part, order[:1].expand(missing)])


def _int32(rows: np.ndarray) -> Tensor:
    array = np.ascontiguousarray(rows, dtype=np.int32)
    return torch.from_numpy(array if array.flags.writeable else array.copy())


def _offsets(starts: list[int], device: torch.device) -> Tensor | None:
    """Return (K,) first rows, or None where all members begin at row zero."""
    return torch.tensor(starts, dtype=torch.int32, device=device) if any(starts) else None


def _affine(plans: list[Plan]) -> tuple[Tensor | None, Tensor | None]:
    if plans[0].center is None:
        return None, None
    return torch.stack([p.center for p in plans]), torch.stack([p.scale for p in plans])  # type: ignore[misc]
