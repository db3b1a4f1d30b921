"""The graph without the nodes that are not trained on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from deepstat.graph.splitters.rows import node_rows

if TYPE_CHECKING:
    from deepstat.graph.graph import Graph


def inductive_graph(graph: Graph, train_nodes: Any) -> Graph:
    """Return the graph on the training nodes alone: train on it, predict with the whole graph.

    In a transductive fit the test nodes take part in propagation, with their features and edges, though their
    labels do not. If nodes to be predicted will not be there at training time, neither may they be in training
    here.

    Parameters
    ----------
    graph : Graph
    train_nodes : array-like of shape (m,) or (m, 1)
        Node ids or names, in any order and with repeats, such as the training rows of X.

    Returns
    -------
    Graph
        The induced subgraph, its nodes in the order of the whole graph. Nodes keep their names; nodes without
        names are named by their ids in `graph`, so that the same X means the same nodes in both graphs.

    Raises
    ------
    ValueError
        If a node is not in the graph.

    Examples
    --------
    >>> from deepstat.graph.graph import Graph
    >>> path = Graph([[0, 1, 2, 3], [1, 2, 3, 4]])
    >>> training = inductive_graph(path, [4, 3, 1])
    >>> training.n_nodes, training.positions([1, 3, 4]).tolist(), training.edges.tolist()
    (3, [0, 1, 2], [[1], [2]])
    """
    kept = np.unique(node_rows(graph, train_nodes))
    if graph.node_names is not None:
        return graph.subgraph(graph.node_names[kept])
    return graph.subgraph(kept)._with(node_names=kept)
