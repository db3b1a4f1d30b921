"""Several sets as the input of one function."""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor, nn

from deepstat.layers.graph.edges import Edges
from deepstat.layers.graph.node_linear import NodeLinear
from deepstat.layers.graph.of_targets import of_targets
from deepstat.layers.graph.sparse_matrix import SparseMatrix
from deepstat.layers.graph.types_of import types_of


class PINE(nn.Module):
    """``f(X_1, ..., X_K) = h(sum_{x in X_1} g_1(x), ..., sum_{x in X_K} g_K(x))``: invariant inside each set alone.

    Gui et al. show that every continuous function of K sets that no reordering inside a set changes has this form, for
    some h and g. Here ``g_k(x) = tanh(A_k x + a_k)`` and h is a network of one hidden layer on the sums side by side,
    ``h(s) = C relu(B s + b) + c``, which is the general form of the theorem; the paper's experiments may shape h and g
    otherwise. For a node the sets are the sources of its incoming edges by type, and, with `own_set`, the node itself.
    For inputs that are sets to begin with, without a graph, see :meth:`encode`.

    Parameters
    ----------
    n_in, n_out : int
    n_hidden : int or None
        Columns of each g_k and of the hidden layer of h; None: n_out.
    own_set : bool, default=True
        Whether the node is a set of its own; without it, what a node is does not depend on its own features.
    n_types : int, default=1
        Number of types of edges: the sets.
    n_edge_features : int
        Of the graph; not used here.

    References
    ----------
    Gui, Zhang, Zhong, Qiu, Wu, Ye, Wang and Liu (2021), PINE: Universal deep embedding for graph nodes via partial
    permutation invariant set functions, IEEE Transactions on Pattern Analysis and Machine Intelligence.

    Examples
    --------
    >>> kinds = torch.tensor([0, 1])
    >>> edges = Edges(torch.tensor([1, 2]), torch.tensor([0, 0]), n_nodes=3, type=kinds, n_types=2)
    >>> PINE(3, 4, n_types=2)(torch.eye(3), edges).shape
    torch.Size([3, 4])
    """

    one_hop = True  # its neighbours are all that a node needs, so batches may be sampled

    def __init__(
        self,
        n_in: int,
        n_out: int,
        *,
        n_hidden: int | None = None,
        own_set: bool = True,
        n_types: int = 1,
        n_edge_features: int = 0,
    ) -> None:
        super().__init__()
        width = n_out if n_hidden is None else n_hidden
        if width < 1:
            raise ValueError(f"n_hidden={n_hidden} is not allowed: give one or more, or None.")
        self.members = NodeLinear(n_in, n_types * width)
        self.of_node = NodeLinear(n_in, width) if own_set else None
        self.hidden = NodeLinear((n_types + own_set) * width, width)
        self.out = NodeLinear(width, n_out)
        self.n_types, self.width = n_types, width

    def forward(self, x: Tensor | SparseMatrix, edges: Edges) -> Tensor:
        """Return (n, n_out)."""
        kinds = types_of(edges, self.n_types)
        members = torch.tanh(self.members(x)).view(-1, self.width)
        key = "sets", self.n_types, members.dtype
        order, pattern = edges.remember(key, partial(_sets, edges, kinds, self.n_types, members.dtype))
        values = None if edges.weight is None else edges.weight.to(members.dtype).index_select(0, order)
        sums = pattern.matmul(members, values).view(-1, self.n_types * self.width)
        if self.of_node is not None:
            sums = torch.cat([sums, torch.tanh(self.of_node(of_targets(edges, x)))], 1)
        return self._of_sums(sums)

    def encode(self, x: Tensor | SparseMatrix, kind: Tensor, owner: Tensor, n_owners: int) -> Tensor:
        """Return (n_owners, n_out): each owner's sets of members as one vector; needs ``own_set=False``.

        Parameters
        ----------
        x : Tensor or SparseMatrix of shape (m, n_in)
            The members of all sets of all owners, in any order.
        kind, owner : Tensor of int64, shape (m,)
            Which set, 0 to n_types - 1, and whose.
        n_owners : int
        """
        if self.of_node is not None:
            raise ValueError("encode takes sets that belong to no node: build PINE with own_set=False.")
        members = torch.tanh(self.members(x)).view(len(owner), self.n_types, self.width)
        place = kind[:, None, None].expand(-1, 1, self.width)
        members = members.gather(1, place).squeeze(1)
        sums = members.new_zeros(n_owners * self.n_types, self.width)
        sums = sums.index_add(0, owner * self.n_types + kind, members)
        return self._of_sums(sums.view(n_owners, -1))

    def _of_sums(self, sums: Tensor) -> Tensor:
        return self.out(torch.relu(self.hidden(sums)))


def _sets(edges: Edges, kinds: Tensor, n_types: int, dtype: torch.dtype) -> tuple[Tensor, SparseMatrix]:
    """Return the matrix (n r, m r) of which row (i, r) has a one at (j, r) for an edge of type r from j to i.

    And the order of its entries: edges are sorted by target, these by target and type.
    """
    rows = edges.target * n_types + kinds
    order = torch.argsort(rows, stable=True)
    columns = (edges.source * n_types + kinds)[order]
    shape = edges.n_rows * n_types, edges.n_nodes * n_types
    ones = torch.ones(len(order), dtype=dtype, device=rows.device)
    return order, SparseMatrix.from_entries(rows[order], columns, ones, shape)
