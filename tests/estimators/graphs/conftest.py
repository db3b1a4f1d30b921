import networkx as nx
import numpy as np
import pytest

from deepstat import Graph


def block_graph(sizes, p_in, p_out, seed, n_features=4, **options):
    """Return a graph of blocks whose features say little, and the block of each node."""
    rng = np.random.default_rng(seed)
    block = np.repeat(np.arange(len(sizes)), sizes)
    n = len(block)
    source, target = np.triu_indices(n, 1)
    kept = rng.random(len(source)) < np.where(block[source] == block[target], p_in, p_out)
    features = rng.normal(size=(n, n_features)) + 0.3 * block[:, None]
    edges = np.array([source[kept], target[kept]])
    return Graph(edges, n_nodes=n, node_features=features, **options), block


@pytest.fixture(scope="session")
def blocks():
    return block_graph([30, 30, 30], 0.2, 0.01, seed=0)


@pytest.fixture(scope="session")
def club():
    graph = nx.karate_club_graph()
    sides = np.array([graph.nodes[i]["club"] for i in graph])
    return Graph(np.array(graph.edges).T), sides
