"""Graph isomorphism operator: a multilayer perceptron of sums, as discerning as the 1-WL test."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from deepstat.layers.graph.aggregate import aggregate
from deepstat.layers.graph.dense import dense
from deepstat.layers.graph.edges import Edges
from deepstat.layers.graph.node_linear import NodeLinear
from deepstat.layers.graph.of_targets import of_targets
from deepstat.layers.graph.propagate import propagate
from deepstat.layers.graph.sparse_matrix import SparseMatrix
from deepstat.layers.normalization import make_normalization


class GIN(nn.Module):
    """``MLP((1 + eps) x_i + sum_j w_ij x_j)``, w the weights of the edges or ones; the MLP has one hidden layer, ReLU.

    With features of edges, the sum is of ``w_ij relu(x_j + E e_ij + c)``.

    Parameters
    ----------
    n_in, n_out : int
    hidden_width : int or None
        Of the MLP; None: n_out.
    normalization : {"none", "batch", "layer"}, default="none"
        Of the hidden layer of the MLP, before its ReLU; the paper's is "batch".
    eps : float, default=0.0
        A node's own weight is 1 + eps.
    learn_eps : bool, default=False
        Whether eps is a parameter that starts there.
    n_types : int
        Of the graph; not used here: edges of all types are one kind.
    n_edge_features : int
        Of the graph; 0: features of edges are not looked at.

    References
    ----------
    Xu, Hu, Leskovec and Jegelka (2019), How powerful are graph neural networks?, ICLR.
    Hu, Liu, Gomes, Zitnik, Liang, Pande and Leskovec (2020), Strategies for pre-training graph neural networks, ICLR
    (features of edges).

    Examples
    --------
    >>> edges = Edges(torch.tensor([1, 0]), torch.tensor([0, 1]), n_nodes=2)
    >>> GIN(3, 4, hidden_width=8, normalization="batch")(torch.eye(2, 3), edges).shape
    torch.Size([2, 4])
    """

    one_hop = True  # its neighbours are all that a node needs, so batches may be sampled

    def __init__(
        self,
        n_in: int,
        n_out: int,
        *,
        hidden_width: int | None = None,
        normalization: str = "none",
        eps: float = 0.0,
        learn_eps: bool = False,
        n_types: int = 1,
        n_edge_features: int = 0,
    ) -> None:
        super().__init__()
        width = n_out if hidden_width is None else hidden_width
        self.eps = nn.Parameter(torch.tensor([float(eps)])) if learn_eps else float(eps)
        self.of_edges = NodeLinear(n_edge_features, n_in) if n_edge_features else None
        self.hidden = NodeLinear(n_in, width, bias=False)
        self.bias = nn.Parameter(self.hidden.weight.new_zeros(width))
        self.norm = make_normalization(normalization, width) or nn.Identity()
        self.out = NodeLinear(width, n_out)

    def forward(self, x: Tensor | SparseMatrix, edges: Edges) -> Tensor:
        """Return (n, n_out)."""
        if self.of_edges is None:  # the MLP's first map commutes with the sum, and may have fewer columns
            x = self.hidden(x)
            hidden = (1.0 + self.eps) * of_targets(edges, x) + propagate(edges, x)
        else:
            x = dense(x)
            hidden = self.hidden(
                (1.0 + self.eps) * of_targets(edges, x) + aggregate(edges, self._messages(x, edges))
            )
        return self.out(torch.relu(self.norm(hidden + self.bias)))

    def _messages(self, x: Tensor, edges: Edges) -> Tensor:
        if edges.features is None:
            raise ValueError(
                "The operator is built for features of edges and the graph has none: give edge_features."
            )
        features = self.of_edges(edges.features.to(x.dtype))  # type: ignore[misc]
        messages = torch.relu(x.index_select(0, edges.source) + features)
        return messages if edges.weight is None else messages * edges.weight.to(x.dtype)[:, None]
