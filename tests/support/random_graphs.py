"""Graphs of every sort: isolated nodes, self-loops, parallel edges, none or one node, several pieces, directed."""

import numpy as np
from hypothesis import strategies as st

from deepstat.graph.graph import Graph


@st.composite
def random_graphs(draw, directed=None, weighted=None, max_nodes=7, simple=False):
    """Draw a graph; weights are quarters, 0 among them."""
    n = draw(st.integers(0, max_nodes))
    node = st.integers(0, max(n - 1, 0))
    pairs = draw(st.lists(st.tuples(node, node), max_size=14 if n else 0))
    directed = draw(st.booleans()) if directed is None else directed
    if simple:
        pairs = list(
            {pair if directed else tuple(sorted(pair)): None for pair in pairs if pair[0] != pair[1]}
        )
    weighted = draw(st.booleans()) if weighted is None else weighted
    weight = np.array(draw(st.lists(st.integers(0, 8), min_size=len(pairs), max_size=len(pairs)))) / 4
    edges = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    return Graph(edges, n_nodes=n, directed=directed, edge_weight=weight if weighted else None)


def as_networkx(graph):
    """Build the networkx multigraph with the same edges, by hand."""
    import networkx as nx

    written = nx.MultiDiGraph() if graph.directed else nx.MultiGraph()
    written.add_nodes_from(range(graph.n_nodes))
    weights = np.ones(graph.n_edges) if graph.edge_weight is None else graph.edge_weight
    for (source, target), weight in zip(graph.edges.T.tolist(), weights.tolist(), strict=True):
        written.add_edge(source, target, weight=weight)
    return written
