"""The general block of graph networks: states of edges, of nodes and of the whole graph."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from deepstat.layers.graph.aggregate import aggregate
from deepstat.layers.graph.at_edges import at_edges
from deepstat.layers.graph.at_nodes import at_nodes
from deepstat.layers.graph.degree import degree
from deepstat.layers.graph.edges import Edges
from deepstat.layers.graph.node_linear import NodeLinear
from deepstat.layers.graph.of_targets import of_targets
from deepstat.layers.graph.sparse_matrix import SparseMatrix
from deepstat.layers.graph.types_of import types_of
from deepstat.layers.pooling.mean_readout import mean_readout
from deepstat.layers.pooling.sum_readout import sum_readout


class GraphBlock(nn.Module):
    """Update edges, then nodes, then graphs, each by a network of one hidden layer of all that it can see.

    With f an edge from j to i of graph g, ``m(.) = C relu(B (.) + b) + c`` a network for each kind of state::

        e_f' = m_edge(e_f, x_j, x_i, u_g)
        x_i' = m_node(sum of w_f e_f' over edges f into i, x_i, u_g)
        u_g' = m_graph(sum of w_f e_f' over edges of g, sum of x_i' over nodes of g, u_g)

    :meth:`forward` returns the nodes alone. To stack blocks hand all three states on: the first is
    ``GraphBlock(n_in, d, n_edge_features=q, n_global_out=d)`` and the later ones
    ``GraphBlock(d, d, n_edge_features=d, n_global=d, n_global_out=d)``, with ``x, e, u = first.states(x, edges)`` and
    then ``x, e, u = later.states(x, edges, e, u)``.

    Parameters
    ----------
    n_in, n_out : int
        `n_out` is the width of the new states of nodes and of edges.
    n_hidden : int or None
        Of the three networks; None: n_out.
    aggregation : {"sum", "mean"}, default="sum"
        "mean" divides the sums by the weights of the edges, or by the number of nodes.
    n_global : int, default=0
        Width of the state of a graph that comes in; zero: none does.
    n_global_out : int, default=0
        Width of the new state of a graph; zero: there is none, since forward() has no use for it.
    n_types : int, default=1
        Number of types of edges: each has a vector of its own in the hidden layer of the edges.
    n_edge_features : int, default=0
        Width of the states of edges that come in.

    References
    ----------
    Battaglia, Hamrick, Bapst et al. (2018), Relational inductive biases, deep learning, and graph networks.

    Examples
    --------
    >>> edges = Edges(torch.tensor([1, 0]), torch.tensor([0, 1]), n_nodes=2)
    >>> first = GraphBlock(3, 4, n_global_out=5)
    >>> second = GraphBlock(4, 4, n_edge_features=4, n_global=5, n_global_out=2)
    >>> x, e, u = first.states(torch.eye(2, 3), edges)
    >>> [tuple(state.shape) for state in second.states(x, edges, e, u)]
    [(2, 4), (2, 4), (1, 2)]
    """

    one_hop = True  # its neighbours are all that a node needs, so batches may be sampled

    def __init__(
        self,
        n_in: int,
        n_out: int,
        *,
        n_hidden: int | None = None,
        aggregation: str = "sum",
        n_global: int = 0,
        n_global_out: int = 0,
        n_types: int = 1,
        n_edge_features: int = 0,
    ) -> None:
        super().__init__()
        if aggregation not in ("sum", "mean"):
            raise ValueError(f"aggregation={aggregation!r} is unknown: use 'sum' or 'mean'.")
        width = n_out if n_hidden is None else n_hidden
        if width < 1:
            raise ValueError(f"n_hidden={n_hidden} is not allowed: give one or more, or None.")
        self.of_edge = _Update((n_in, n_in, n_edge_features, n_global), width, n_out)
        self.of_node = _Update((n_in, n_out, n_global), width, n_out)
        self.of_graph = _Update((n_out, n_out, n_global), width, n_global_out) if n_global_out else None
        self.of_type = nn.Parameter(torch.zeros(n_types, width)) if n_types > 1 else None
        self.aggregation, self.n_types = aggregation, n_types
        self.n_edge_features, self.n_global = n_edge_features, n_global

    def forward(self, x: Tensor | SparseMatrix, edges: Edges) -> Tensor:
        """Return the new states of the nodes (n, n_out), from ``edges.features`` and no state of graphs."""
        return self._nodes(x, edges, *self._incoming(edges, None, None))[0]

    def states(
        self,
        x: Tensor | SparseMatrix,
        edges: Edges,
        edge_state: Tensor | None = None,
        graph_state: Tensor | None = None,
    ) -> tuple[Tensor, Tensor, Tensor | None]:
        """Return the new states of nodes (n, n_out), edges (e, n_out) and graphs (g, n_global_out) or None.

        Parameters
        ----------
        x : Tensor or SparseMatrix of shape (n, n_in)
        edges : Edges
        edge_state : Tensor of shape (e, n_edge_features) or None
            None: ``edges.features``.
        graph_state : Tensor of shape (n_graphs, n_global) or None
            None: zeros.
        """
        edge_state, graph_state = self._incoming(edges, edge_state, graph_state)
        nodes, new_edges, total = self._nodes(x, edges, edge_state, graph_state)
        if self.of_graph is None:
            return nodes, new_edges, None
        if edges.n_targets is not None:
            raise ValueError("A sampled batch shows no whole graph: build the block with n_global_out=0.")
        of_edges = sum_readout(total, edges)
        if self.aggregation == "mean":
            of_edges = _over(of_edges, sum_readout(self._weight(edges, total), edges))
            of_nodes = mean_readout(nodes, edges)
        else:
            of_nodes = sum_readout(nodes, edges)
        return nodes, new_edges, self.of_graph([of_edges, of_nodes, graph_state])

    def _nodes(
        self, x: Tensor | SparseMatrix, edges: Edges, edge_state: Tensor | None, graph_state: Tensor | None
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Return the states of nodes and of edges, and the weighted sums (n, n_out) of the latter at their targets."""
        # Each input is mapped where it is and its hidden layer carried to the edges: no (e, 2 n_in + ...) tensor.
        source, target, of_edge, of_graph = self.of_edge.maps
        at_target = target(x) if of_graph is None else target(x) + at_nodes(edges, of_graph(graph_state))
        hidden = at_edges(edges, source(x), "source") + at_edges(edges, at_target, "target")
        if of_edge is not None:
            hidden = hidden + of_edge(edge_state)
        kinds = types_of(edges, self.n_types)
        if self.of_type is not None:
            hidden = hidden + self.of_type.index_select(0, kinds)
        new_edges = self.of_edge.out(torch.relu(hidden))
        weighted = new_edges if edges.weight is None else new_edges * edges.weight.to(hidden.dtype)[:, None]
        total = aggregate(edges, weighted)
        received = _over(total, self._weight(edges, total)) if self.aggregation == "mean" else total
        graphs = None if graph_state is None else at_nodes(edges, self.of_node.maps[2](graph_state))
        return self.of_node([of_targets(edges, x), received, None], graphs), new_edges, total

    @staticmethod
    def _weight(edges: Edges, total: Tensor) -> Tensor:
        return degree(edges, total.dtype)[: len(total), None]

    def _incoming(
        self, edges: Edges, edge_state: Tensor | None, graph_state: Tensor | None
    ) -> tuple[Tensor | None, Tensor | None]:
        """Check the states that come in; those of graphs are zeros if they are expected and not given."""
        dtype = self.of_edge.out.weight.dtype
        if self.n_edge_features and edge_state is None:
            if edges.features is None:
                raise ValueError(
                    f"The block was made for {self.n_edge_features} edge features and the graph has none."
                )
            edge_state = edges.features.to(dtype)
        if self.n_global and graph_state is None:
            graph_state = torch.zeros(edges.n_graphs, self.n_global, dtype=dtype, device=edges.source.device)
        if graph_state is not None and not self.n_global:
            raise ValueError("The block was made without a state of graphs: build it with n_global.")
        return edge_state, graph_state


class _Update(nn.Module):
    """``C relu(sum_k B_k z_k + b) + c``: a network of one hidden layer on inputs side by side, width 0: not there."""

    def __init__(self, widths: Sequence[int], n_hidden: int, n_out: int) -> None:
        super().__init__()
        maps = [NodeLinear(width, n_hidden, bias=k == 0) if width else None for k, width in enumerate(widths)]
        self.maps = nn.ModuleList(maps)  # type: ignore[arg-type]
        self.out = NodeLinear(n_hidden, n_out)

    def forward(self, inputs: Sequence[Tensor | SparseMatrix | None], more: Tensor | None = None) -> Tensor:
        """Return (m, n_out) for inputs (m, width), and what is added to the hidden layer."""
        parts = [each(z) for each, z in zip(self.maps, inputs, strict=True) if z is not None]
        hidden = sum(parts[1:], parts[0])
        return self.out(torch.relu(hidden if more is None else hidden + more))


def _over(total: Tensor, weight: Tensor) -> Tensor:
    return total / torch.where(weight > 0, weight, 1.0)
