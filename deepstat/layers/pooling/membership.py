"""Which node is of which graph, as a matrix."""

from __future__ import annotations

from functools import partial

import torch

from deepstat.layers.graph.edges import Edges
from deepstat.layers.graph.sparse_matrix import SparseMatrix


def membership(edges: Edges, dtype: torch.dtype) -> SparseMatrix:
    """Return the matrix (n_graphs, n) with a one where the node is of the graph; its `rows` are the graphs of nodes.

    Parameters
    ----------
    edges : Edges
        Of a batch of graphs; without `node_graph` all nodes are of graph 0.
    dtype : torch.dtype
        Of the ones.

    Examples
    --------
    >>> batch = Edges(torch.tensor([1]), torch.tensor([0]), 3, node_graph=torch.tensor([0, 0, 1]), n_graphs=2)
    >>> membership(batch, torch.float32).to_dense()
    tensor([[1., 1., 0.],
            [0., 0., 1.]])
    """
    return edges.remember(("membership", dtype), partial(_membership, edges, dtype))


def _membership(edges: Edges, dtype: torch.dtype) -> SparseMatrix:
    nodes = torch.arange(edges.n_nodes, device=edges.source.device)
    graphs = torch.zeros_like(nodes) if edges.node_graph is None else edges.node_graph
    ones = torch.ones(edges.n_nodes, dtype=dtype, device=nodes.device)
    return SparseMatrix.from_entries(graphs, nodes, ones, (edges.n_graphs, edges.n_nodes))
