"""A sparse matrix whose pattern is a constant and whose values may be anything that training computes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from scipy import sparse
from torch import Tensor

from deepstat.layers.graph.sparse_product import sparse_product


@dataclass(frozen=True, eq=False)
class SparseMatrix:
    """A CSR matrix on the device; copies share it, so that networks which hold one are cheap to copy.

    Attributes
    ----------
    shape : tuple of int
        (n, m).
    pointers, columns, rows : Tensor of int32, shapes (n + 1,), (e,), (e,)
        The pattern in CSR, and the row of each entry.
    back_pointers, back_columns, order : Tensor of int32, shapes (m + 1,), (e,), (e,)
        The pattern of the transpose, and which entry each of its entries is.
    values : Tensor of shape (e,)

    Examples
    --------
    >>> matrix = SparseMatrix.from_scipy(sparse.csr_array([[0.0, 2.0], [3.0, 0.0]]), torch.float64)
    >>> matrix.matmul(torch.tensor([[1.0], [10.0]], dtype=torch.float64))
    tensor([[20.],
            [ 3.]], dtype=torch.float64)
    """

    shape: tuple[int, int]
    pointers: Tensor
    columns: Tensor
    rows: Tensor
    back_pointers: Tensor
    back_columns: Tensor
    order: Tensor
    values: Tensor

    @classmethod
    def from_entries(
        cls, rows: Tensor, columns: Tensor, values: Tensor, shape: tuple[int, int]
    ) -> SparseMatrix:
        """Make a matrix of entries sorted by row; several at one place add up."""
        order = torch.argsort(columns, stable=True)
        return cls(
            shape,
            _pointers(rows, shape[0]),
            columns.int(),
            rows.int(),
            _pointers(columns[order], shape[1]),
            rows[order].int(),
            order.int(),
            values,
        )

    @classmethod
    def from_scipy(cls, matrix: Any, dtype: torch.dtype, device: torch.device | str = "cpu") -> SparseMatrix:
        """Copy a scipy sparse matrix to the device."""
        matrix = sparse.csr_array(matrix)
        matrix.sort_indices()
        rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
        return cls.from_entries(
            torch.as_tensor(rows, device=device),
            torch.as_tensor(matrix.indices.astype(np.int64), device=device),
            torch.as_tensor(np.array(matrix.data)).to(device=device, dtype=dtype),
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

    def with_values(self, values: Tensor) -> SparseMatrix:
        """Return the same pattern with other values (e,)."""
        return replace(self, values=values)

    def matmul(self, dense: Tensor, values: Tensor | None = None) -> Tensor:
        """Return the product with a dense matrix.

        Parameters
        ----------
        dense : Tensor of shape (m, d) or (m, h, d)
        values : Tensor of shape (e,) or (e, h), or None
            Other values; with an axis of heads for each head its own.

        Returns
        -------
        Tensor of shape (n, d) or (n, h, d)
        """
        values = self.values if values is None else values
        pattern = self.rows, self.back_pointers, self.back_columns, self.order
        heads = dense.dim() == 3
        values = values.movedim(-1, 0) if values.dim() == 2 else values[None]
        dense = dense.movedim(1, 0) if heads else dense[None]
        out = sparse_product(self.pointers, self.columns, values, dense, *pattern)
        return out.movedim(0, 1) if heads else out[0]

    def select_rows(self, index: Tensor) -> SparseMatrix:
        """Return the rows `index` as a matrix of their own."""
        start = self.pointers.index_select(0, index).long()
        counts = self.pointers.index_select(0, index + 1) - start
        rows = torch.repeat_interleave(torch.arange(len(index), device=self.device), counts)
        within = torch.arange(len(rows), device=self.device) - (counts.cumsum(0) - counts)[rows]
        place = start[rows] + within
        return SparseMatrix.from_entries(
            rows, self.columns[place].long(), self.values[place], (len(index), self.shape[1])
        )

    def to_dense(self) -> Tensor:
        """Return the matrix as a dense tensor (n, m)."""
        flat = self.values.new_zeros(self.shape[0] * self.shape[1])
        place = self.rows.long() * self.shape[1] + self.columns
        return flat.index_add(0, place, self.values).view(self.shape)

    def __deepcopy__(self, memo: Any) -> SparseMatrix:
        return self


def _pointers(rows: Tensor, n: int) -> Tensor:
    counts = torch.bincount(rows, minlength=n)
    return torch.cat([counts.new_zeros(1), counts.cumsum(0)]).int()
