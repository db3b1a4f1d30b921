"""Features of nodes of several types."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from deepstat.layers.graph.node_linear import NodeLinear
from deepstat.layers.graph.sparse_matrix import SparseMatrix


@dataclass(frozen=True, eq=False)
class TypedFeatures:
    """One matrix of features for each node type, and where each node's row is among all of them.

    Attributes
    ----------
    parts : tuple of Tensor or SparseMatrix, each of shape (n_type, p_type)
    place : Tensor of int64, shape (n,)
        Row of each node in the parts, one below the other.
    """

    parts: tuple[Any, ...]
    place: Tensor

    def __deepcopy__(self, memo: Any) -> TypedFeatures:
        return self


class TypeEncoder(nn.Module):
    """An affine map for each node type to one common width.

    Parameters
    ----------
    widths : sequence of int
    n_out : int

    References
    ----------
    Schlichtkrull, Kipf, Bloem, van den Berg, Titov and Welling (2018), Modeling relational data with graph
    convolutional networks, ESWC.

    Examples
    --------
    >>> features = TypedFeatures((torch.ones(1, 2), torch.ones(2, 3)), torch.tensor([1, 0, 2]))
    >>> TypeEncoder([2, 3], 4)(features).shape
    torch.Size([3, 4])
    """

    def __init__(self, widths: tuple[int, ...], n_out: int) -> None:
        super().__init__()
        self.maps = nn.ModuleList(NodeLinear(width, n_out) for width in widths)

    def forward(self, x: TypedFeatures) -> Tensor:
        """Return (n, n_out)."""
        rows = [each(part) for each, part in zip(self.maps, x.parts, strict=True)]
        return torch.cat(rows).index_select(0, x.place)


def width_of(x: Tensor | SparseMatrix | TypedFeatures) -> int:
    """Return the number of features; 0 where each type has its own.

    Examples
    --------
    >>> width_of(torch.zeros(3, 5))
    5
    """
    return 0 if isinstance(x, TypedFeatures) else int(x.shape[1])
