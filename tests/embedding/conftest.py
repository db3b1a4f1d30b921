import numpy as np
import pytest
import torch

from deepstat import Graph
from deepstat.estimators.graphs.graph_tensors import graph_tensors, learn_graph


def planted(sizes, p_in, p_out, seed, shift=0.3, n_features=4):
    """Return a graph of planted blocks whose features say little, and the block of each node."""
    rng = np.random.default_rng(seed)
    block = np.repeat(np.arange(len(sizes)), sizes)
    source, target = np.triu_indices(len(block), 1)
    kept = rng.random(len(source)) < np.where(block[source] == block[target], p_in, p_out)
    features = rng.normal(size=(len(block), n_features)) + shift * block[:, None]
    edges = np.array([source[kept], target[kept]])
    return Graph(edges, n_nodes=len(block), node_features=features), block


@pytest.fixture(scope="session")
def blocks():
    return planted([30, 30, 30], 0.25, 0.01, seed=0)


@pytest.fixture(scope="session")
def tensors():
    """Return what networks are given of a graph: its data and what they are built by."""

    def make(graph, dtype=torch.float32, structural=None):
        coding = learn_graph(graph, ("node",), "auto", structural)
        return graph_tensors(graph, coding, dtype, torch.device("cpu")), coding.described

    return make
