"""Rows on the device: dense or sparse tables of which training gathers batches."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
import torch
from scipy import sparse
from torch import Tensor


@dataclass(frozen=True, eq=False)
class SparseRows:
    """A CSR matrix of shape (n, p) whose rows are gathered as dense tensors, so that only a batch is ever dense."""

    pointers: Tensor
    columns: Tensor
    values: Tensor
    shape: tuple[int, int]

    @classmethod
    def from_scipy(cls, matrix: sparse.csr_array, dtype: torch.dtype, device: torch.device) -> SparseRows:
        """Copy a scipy CSR matrix to the device."""
        return cls(
            torch.as_tensor(matrix.indptr.astype(np.int64), device=device),
            torch.as_tensor(matrix.indices.astype(np.int64), device=device),
            torch.as_tensor(matrix.data).to(device=device, dtype=dtype),
            (int(matrix.shape[0]), int(matrix.shape[1])),
        )

    @property
    def dtype(self) -> torch.dtype:
        """Dtype of the values."""
        return self.values.dtype

    @property
    def device(self) -> torch.device:
        """Device of the values."""
        return self.values.device

    def index_select(self, dim: int, index: Tensor) -> Tensor:
        """Return the rows `index` as a dense (len(index), p) tensor."""
        index = index.long()
        start = self.pointers[index]
        counts = self.pointers[index + 1] - start
        out = self.values.new_zeros(len(index), self.shape[1])
        row = torch.repeat_interleave(torch.arange(len(index), device=self.device), counts)
        within = torch.arange(len(row), device=self.device) - (counts.cumsum(0) - counts)[row]
        position = start[row] + within
        out[row, self.columns[position]] = self.values[position]
        return out


@dataclass(frozen=True, eq=False)
class TensorTable:
    """Encoded rows on the device, stored once.

    Attributes
    ----------
    x : Tensor or SparseRows of shape (n, width)
    y : Tensor of shape (n, k)
    weight : Tensor of shape (n,) or None
        Row weights with mean one over the rows that a member learns from.
    """

    x: Tensor | SparseRows
    y: Tensor
    weight: Tensor | None = None

    @property
    def key(self) -> Hashable:
        """Tables with equal keys can lie in one population."""
        return (type(self.x), self.x.shape[1], self.y.shape[1], self.x.dtype, str(self.x.device))


def concatenate(tables: list[TensorTable]) -> tuple[TensorTable, list[int]]:
    """Join the distinct tables of a population; return the joined one and each table's first row in it."""
    distinct = list({id(table): table for table in tables}.values())
    if len(distinct) == 1:
        return distinct[0], [0] * len(tables)
    start, offset = {}, 0
    for table in distinct:
        start[id(table)] = offset
        offset += table.x.shape[0]
    if isinstance(distinct[0].x, SparseRows):
        x: Tensor | SparseRows = _concatenate_sparse([table.x for table in distinct])  # type: ignore[misc]
    else:
        x = torch.cat([table.x for table in distinct])
    weight = None if distinct[0].weight is None else torch.cat([table.weight for table in distinct])
    return TensorTable(x, torch.cat([table.y for table in distinct]), weight), [
        start[id(table)] for table in tables
    ]


def _concatenate_sparse(parts: list[SparseRows]) -> SparseRows:
    pointers, filled = [parts[0].pointers[:1]], 0
    for part in parts:
        pointers.append(part.pointers[1:] + filled)
        filled += len(part.columns)
    return SparseRows(
        torch.cat(pointers),
        torch.cat([part.columns for part in parts]),
        torch.cat([part.values for part in parts]),
        (sum(part.shape[0] for part in parts), parts[0].shape[1]),
    )


def to_device(array: np.ndarray, dtype: torch.dtype, device: torch.device) -> Tensor:
    """Move an array to the device; without a copy where dtype and device already fit and it may be written to."""
    if not array.flags.writeable or any(stride < 0 for stride in array.strides):
        array = array.copy()
    return torch.from_numpy(array).to(device=device, dtype=dtype)
