"""Pooling by a soft assignment that a graph operator computes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from torch import Tensor, nn

from deepstat.layers.graph.dense import dense
from deepstat.layers.graph.edges import Edges
from deepstat.layers.graph.gcn import GCN
from deepstat.layers.graph.sparse_matrix import SparseMatrix
from deepstat.layers.pooling.assignment_entropy import assignment_entropy
from deepstat.layers.pooling.cluster_edges import cluster_edges
from deepstat.layers.pooling.coarsen import coarsen
from deepstat.layers.pooling.link_prediction_loss import link_prediction_loss
from deepstat.layers.pooling.with_auxiliary_loss import WithAuxiliaryLoss


class DiffPool(WithAuxiliaryLoss):
    """``S = softmax(operator(X, A))``; the pooled graph has k nodes, features ``S'Z`` and adjacency matrix ``S'AS``.

    In training `auxiliary_loss` is the mean over graphs of `link_weight` times ``|A - SS'|_F / n`` plus
    `entropy_weight` times the mean entropy of the rows of S.

    Parameters
    ----------
    n_in : int
    n_clusters : int
        k, the same for all graphs, whatever their size.
    operator : callable, default=GCN
        ``operator(n_in, n_clusters, n_types=, n_edge_features=, **operator_params)`` builds what computes S.
    operator_params : mapping or None
    n_types, n_edge_features : int
        Of the graph.
    link_weight, entropy_weight : float, default=1.0

    References
    ----------
    Ying, You, Morris, Ren, Hamilton and Leskovec (2018), Hierarchical graph representation learning with
    differentiable pooling, NeurIPS.

    Examples
    --------
    >>> import torch
    >>> edges = Edges(torch.tensor([1, 0, 2, 1]), torch.tensor([0, 1, 1, 2]), n_nodes=3)
    >>> layer = DiffPool(4, 2)
    >>> x, pooled = layer(torch.eye(3, 4), edges)
    >>> x.shape, pooled.n_nodes, layer.auxiliary_loss.shape
    (torch.Size([2, 4]), 2, torch.Size([]))
    """

    def __init__(
        self,
        n_in: int,
        n_clusters: int,
        *,
        operator: Callable[..., nn.Module] = GCN,
        operator_params: Mapping[str, Any] | None = None,
        n_types: int = 1,
        n_edge_features: int = 0,
        link_weight: float = 1.0,
        entropy_weight: float = 1.0,
    ) -> None:
        super().__init__()
        if n_clusters < 1:
            raise ValueError(f"n_clusters is {n_clusters!r}; give an integer of at least 1.")
        kinds = {"n_types": n_types, "n_edge_features": n_edge_features}
        self.assign = operator(n_in, n_clusters, **kinds, **(operator_params or {}))
        self.link_weight, self.entropy_weight = link_weight, entropy_weight

    def forward(
        self, x: Tensor | SparseMatrix, edges: Edges, embedded: Tensor | None = None
    ) -> tuple[Tensor, Edges]:
        """Pool a batch of graphs.

        Parameters
        ----------
        x : Tensor or SparseMatrix of shape (n, n_in)
            What the assignment is computed from.
        edges : Edges
        embedded : Tensor of shape (n, d) or None
            What is pooled, Z: in the paper another operator's output from the same x; None: x itself.

        Returns
        -------
        features : Tensor of shape (n_graphs k, d)
        edges : Edges
            Of n_graphs k nodes, all pairs of each graph.
        """
        assignment = self.assign(x, edges).softmax(1)
        embedded = dense(x) if embedded is None else embedded
        features, adjacency, overlap = coarsen(embedded, edges, assignment)
        self.auxiliary_loss = None
        if self.training:
            links = link_prediction_loss(edges, adjacency, overlap)
            undecided = assignment_entropy(assignment, edges)
            self.auxiliary_loss = (self.link_weight * links + self.entropy_weight * undecided).mean()
        return features.flatten(0, 1), cluster_edges(edges, adjacency)
