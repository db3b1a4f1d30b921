"""How many bytes waiting plans hold, and how many they may."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

from deepstat.data.tensors import SparseRows
from deepstat.training.plan import Plan

# A task's slice of the table, the encoded copy, the population's own, and one for what happens on the way.
COPIES_OF_TABLE = 4
# Parameters, gradient, two moments, best weights, result.
COPIES_OF_STATE = 6
# Row numbers are int32; the order of an epoch is int64.
COPIES_OF_ROWS = 3
# Assumed where the operating system does not tell (Windows).
UNKNOWN_MEMORY = 8 << 30


class Ledger:
    """Counts the bytes of waiting plans, device by device; a tensor that plans share counts once.

    Parameters
    ----------
    budget : int or None
        Bytes on each device. None: a quarter of the device's memory.

    Examples
    --------
    >>> ledger = Ledger(1_000_000)
    >>> ledger.full
    False
    """

    def __init__(self, budget: int | None) -> None:
        self._given = budget
        self._budgets: dict[torch.device, int] = {}
        self._largest: Counter[torch.device] = Counter()
        self._held: Counter[torch.device] = Counter()
        self._seen: dict[int, object] = {}

    def add(self, plans: Sequence[Plan]) -> None:
        """Count the plans of one more fit."""
        added: Counter[torch.device] = Counter()
        for plan in plans:
            table = plan.table
            device = table.y.device
            for part in (table.x, table.y, table.weight):
                if part is not None and id(part) not in self._seen:
                    self._seen[id(part)] = part
                    added[device] += COPIES_OF_TABLE * _bytes(part)
            added[device] += COPIES_OF_ROWS * plan.rows.nbytes
            added[device] += COPIES_OF_STATE * sum(_bytes(p) for p in plan.network.parameters())
        for device, size in added.items():
            self._held[device] += size
            self._largest[device] = max(self._largest[device], size)

    def clear(self) -> None:
        """Forget what was counted, but not how large a fit can be."""
        self._held.clear()
        self._seen.clear()

    @property
    def full(self) -> bool:
        """Whether one more fit, as large as the largest so far, would go beyond the budget."""
        return any(held + self._largest[device] > self._budget(device) for device, held in self._held.items())

    def _budget(self, device: torch.device) -> int:
        if device not in self._budgets:
            self._budgets[device] = memory_of(device) // 4 if self._given is None else self._given
        return self._budgets[device]


def memory_of(device: torch.device) -> int:
    """Return the bytes of memory that a device has, or that this process may have of the machine's.

    Examples
    --------
    >>> memory_of(torch.device("cpu")) > 100_000_000
    True
    """
    if device.type == "cuda":
        return int(torch.cuda.get_device_properties(device).total_memory)
    found = [UNKNOWN_MEMORY]
    if hasattr(os, "sysconf"):
        found = [os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")]
    limit = Path("/sys/fs/cgroup/memory.max")  # of a container
    if limit.exists() and (text := limit.read_text().strip()).isdigit():
        found.append(int(text))
    return min(found)


def _bytes(part: Tensor | SparseRows) -> int:
    tensors = (part.pointers, part.columns, part.values) if isinstance(part, SparseRows) else (part,)
    return sum(tensor.numel() * tensor.element_size() for tensor in tensors)
