"""Batches of small random graphs."""

import numpy as np
import pytest
import torch

from deepstat.layers.graph.edges import Edges


def _edges(arcs, weight, n_nodes, dtype, **batch):
    order = np.lexsort((arcs[0], arcs[1]))
    source, target = torch.as_tensor(arcs[:, order])
    weight = None if weight is None else torch.as_tensor(weight[order], dtype=dtype)
    return Edges(source, target, n_nodes, weight=weight, **batch)


@pytest.fixture
def random_graphs():
    """Return a function that makes undirected graphs (x, arcs, weight) with an edge twice and a self-loop."""

    def make(sizes, n_columns=3, density=0.4, weighted=True, seed=0):
        rng = np.random.default_rng(seed)
        graphs = []
        for n in sizes:
            upper = np.argwhere(np.triu(rng.random((n, n)) < density, 1)).T
            arcs = np.concatenate([upper, upper[:, :1], upper[::-1], upper[::-1, :1]], 1)
            weight = np.tile(rng.uniform(0.5, 2.0, arcs.shape[1] // 2), 2)
            if n > 1:
                arcs, weight = np.concatenate([arcs, [[1], [1]]], 1), np.append(weight, 1.5)
            graphs.append((rng.normal(size=(n, n_columns)), arcs, weight if weighted else None))
        return graphs

    return make


@pytest.fixture
def as_batch():
    """Return a function that puts a list of (x, arcs, weight) together as (x, Edges)."""

    def together(graphs, dtype=torch.float64):
        sizes = [len(x) for x, _, _ in graphs]
        start = np.cumsum([0, *sizes])
        weight = None
        if graphs[0][2] is not None:
            weight = np.concatenate([weight for _, _, weight in graphs])
        edges = _edges(
            np.concatenate([arcs + at for (_, arcs, _), at in zip(graphs, start, strict=False)], 1),
            weight,
            int(start[-1]),
            dtype,
            node_graph=torch.as_tensor(np.repeat(np.arange(len(sizes)), sizes)),
            n_graphs=len(sizes),
        )
        return torch.as_tensor(np.concatenate([x for x, _, _ in graphs]), dtype=dtype), edges

    return together


@pytest.fixture
def relabelled():
    """Return a function that gives the nodes of each (x, arcs, weight) other numbers."""

    def shuffle(graphs, seed=1):
        rng = np.random.default_rng(seed)
        out = []
        for x, arcs, weight in graphs:
            old = rng.permutation(len(x))  # new node i is old node old[i]
            out.append((x[old], np.argsort(old)[arcs], weight))
        return out

    return shuffle
