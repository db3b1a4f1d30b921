"""Spectral convolution by Chebyshev polynomials of the Laplacian."""

from __future__ import annotations

from functools import partial
from itertools import pairwise

import numpy as np
import torch
from scipy import sparse
from scipy.sparse.linalg import eigsh
from torch import Tensor, nn

from deepstat.layers.graph.at_nodes import at_nodes
from deepstat.layers.graph.edges import Edges
from deepstat.layers.graph.node_linear import NodeLinear
from deepstat.layers.graph.normalize import normalize
from deepstat.layers.graph.propagate import propagate
from deepstat.layers.graph.sparse_matrix import SparseMatrix

# Below this number of nodes all eigenvalues cost less than the iterations for the largest.
_FEW = 200


class Chebyshev(nn.Module):
    """``sum_k T_k(L~) x W_k + b``, k = 0 … order, of the scaled Laplacian ``L~ = 2 / lambda_max L - I``.

    ``L = I - D^(-1/2) A D^(-1/2)`` with D the weighted in-degrees; a node without neighbours has ``L_ii = 1``. All maps
    come first and the polynomial is summed by Clenshaw's recurrence, so that messages have `n_out` columns.

    Parameters
    ----------
    n_in, n_out : int
    order : int, default=2
        Degree of the polynomial: how many steps away a node sees.
    lambda_max : float or "computed", default=2.0
        Largest eigenvalue of L, or a bound of it; 2 bounds that of any undirected graph. "computed": found once for
        each graph, in a batch too (of the symmetric part, where edges are directed); the weights must not change in
        training then.
    n_types, n_edge_features : int
        Of the graph; not used here: edges of all types are one kind.

    References
    ----------
    Defferrard, Bresson and Vandergheynst (2016), Convolutional neural networks on graphs with fast localized spectral
    filtering, NeurIPS. Clenshaw (1955), A note on the summation of Chebyshev series.

    Examples
    --------
    >>> edges = Edges(torch.tensor([1, 0]), torch.tensor([0, 1]), n_nodes=2)
    >>> Chebyshev(3, 4, order=3)(torch.eye(2, 3), edges).shape
    torch.Size([2, 4])
    """

    def __init__(
        self,
        n_in: int,
        n_out: int,
        *,
        order: int = 2,
        lambda_max: float | str = 2.0,
        n_types: int = 1,
        n_edge_features: int = 0,
    ) -> None:
        super().__init__()
        if order < 0:
            raise ValueError(f"order is {order}; give an integer of at least 0.")
        if lambda_max != "computed" and not (isinstance(lambda_max, (int, float)) and lambda_max > 0):
            raise ValueError(f"lambda_max is {lambda_max!r}; give a positive number or 'computed'.")
        self.linear = NodeLinear(n_in, (order + 1) * n_out, bias=False)
        self.bias = nn.Parameter(self.linear.weight.new_zeros(n_out))
        self.order, self.lambda_max = order, lambda_max

    def forward(self, x: Tensor | SparseMatrix, edges: Edges) -> Tensor:
        """Return (n, n_out)."""
        terms = self.linear(x).chunk(self.order + 1, dim=1)
        if self.order == 0:
            return terms[0] + self.bias
        scale = 2.0 / self._largest(edges, terms[0].dtype)
        edges = normalize(edges, dtype=terms[0].dtype)
        keeps = isinstance(scale, Tensor) or scale != 1.0

        def scaled_laplacian(x: Tensor) -> Tensor:
            moved = -scale * propagate(edges, x)
            return (scale - 1.0) * x + moved if keeps else moved

        later, last = None, terms[-1]  # b_(k+1) and b_k of Clenshaw, from b_order down
        for term in reversed(terms[1:-1]):
            now = term + 2.0 * scaled_laplacian(last)
            later, last = last, now if later is None else now - later
        out = terms[0] + scaled_laplacian(last) + self.bias
        return out if later is None else out - later

    def _largest(self, edges: Edges, dtype: torch.dtype) -> float | Tensor:
        """Return the largest eigenvalue, or where there are several graphs that of each node's (n, 1)."""
        if self.lambda_max != "computed":
            return float(self.lambda_max)
        if not edges.is_constant:
            raise ValueError(
                "lambda_max='computed' needs weights of edges that stay the same in training, "
                "and here they change (drop_edge does that): give lambda_max=2.0."
            )
        return edges.derive(("largest eigenvalue", dtype), partial(_of_each_node, edges, dtype))


def _of_each_node(edges: Edges, dtype: torch.dtype) -> float | Tensor:
    largest = _largest_eigenvalues(edges)
    if edges.node_graph is None:
        return float(largest[0])
    return at_nodes(edges, torch.as_tensor(largest).to(edges.target.device, dtype).unsqueeze(1))


def _largest_eigenvalues(edges: Edges) -> np.ndarray:
    """Return the largest eigenvalue (n_graphs,) of the symmetric part of each graph's L."""
    n = edges.n_nodes
    weight = normalize(edges, dtype=torch.float64).weight
    assert weight is not None
    place = edges.target.cpu().numpy(), edges.source.cpu().numpy()
    moved = sparse.coo_array((weight.cpu().numpy(), place), shape=(n, n)).tocsr()
    laplacian = sparse.eye_array(n, format="csr") - (moved + moved.T) / 2
    ends = np.array([0, n])
    if edges.node_graph is not None:
        ends = np.searchsorted(edges.node_graph.cpu().numpy(), np.arange(edges.n_graphs + 1))
    return np.array([_largest_of(laplacian[start:end, start:end]) for start, end in pairwise(ends)])


def _largest_of(laplacian: sparse.csr_array) -> float:
    if laplacian.shape[0] < _FEW:
        return float(np.linalg.eigvalsh(laplacian.toarray()).max(initial=1.0))
    start = np.random.default_rng(0).uniform(0.5, 1.0, laplacian.shape[0])
    return float(eigsh(laplacian, k=1, which="LA", v0=start, tol=1e-6, return_eigenvectors=False)[0])
