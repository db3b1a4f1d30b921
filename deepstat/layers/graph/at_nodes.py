"""What a graph holds, at its nodes."""

from __future__ import annotations

from torch import Tensor

from deepstat.layers.graph.edges import Edges


def at_nodes(edges: Edges, of_graphs: Tensor) -> Tensor:
    """Return for each node the row of its graph.

    Parameters
    ----------
    edges : Edges
    of_graphs : Tensor of shape (g, d)

    Returns
    -------
    Tensor of shape (n, d), or (1, d), which broadcasts, where there is one graph

    Examples
    --------
    >>> import torch
    >>> batch = Edges(torch.tensor([1]), torch.tensor([0]), 3, node_graph=torch.tensor([0, 0, 1]), n_graphs=2)
    >>> at_nodes(batch, torch.tensor([[5.0], [7.0]])).flatten()
    tensor([5., 5., 7.])
    """
    return of_graphs if edges.node_graph is None else of_graphs.index_select(0, edges.node_graph)
