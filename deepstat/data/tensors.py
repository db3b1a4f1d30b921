"""Rows on the device: dense or sparse tables of which training gathers batches."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

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
    """Encoded rows on the device. Tables may share their parts: a population stores each distinct part once.

    Attributes
    ----------
    x : Tensor or SparseRows of shape (n, width)
    y : Tensor of shape (n, k)
    weight : Tensor of shape (n,) or None
        Row weights; training divides them by their mean over the rows that a member learns from.
    """

    x: Tensor | SparseRows
    y: Tensor
    weight: Tensor | None = None

    @property
    def key(self) -> Hashable:
        """Tables with equal keys can lie in one population."""
        return (type(self.x), self.x.shape[1], self.y.shape[1], self.x.dtype, str(self.x.device))


def join(parts: list[Any]) -> tuple[Any, list[int]]:
    """Join the distinct ones of several tensors (or `SparseRows`) along their rows.

    Parameters
    ----------
    parts : list of Tensor or SparseRows
        All of one kind; those that are the same object are stored once.

    Returns
    -------
    joined : Tensor or SparseRows
    starts : list of int
        First row of each part in it.

    Examples
    --------
    >>> one, two = torch.zeros(3, 1), torch.ones(2, 1)
    >>> join([one, two, one])[1]
    [0, 3, 0]
    """
    distinct = list({id(part): part for part in parts}.values())
    start, offset = {}, 0
    for part in distinct:
        start[id(part)] = offset
        offset += part.shape[0]
    starts = [start[id(part)] for part in parts]
    if len(distinct) == 1:
        return distinct[0], starts
    return (_join_sparse if isinstance(distinct[0], SparseRows) else torch.cat)(distinct), starts


def _join_sparse(parts: list[SparseRows]) -> SparseRows:
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
