"""Operators of sums over neighbours, and graphs of every sort as they see them."""

from functools import partial

import numpy as np
import torch
from torch import nn

from deepstat.layers.graph.appnp import PageRankPropagation
from deepstat.layers.graph.chebyshev import Chebyshev
from deepstat.layers.graph.edges import Edges
from deepstat.layers.graph.gated_graph import GatedGraph
from deepstat.layers.graph.gcn import GCN
from deepstat.layers.graph.gin import GIN
from deepstat.layers.graph.graph_sage import GraphSAGE
from deepstat.layers.graph.mean_aggregation import MeanAggregation
from deepstat.layers.graph.message_passing import MessagePassing

N_IN, N_OUT, N_TYPES, N_EDGE_FEATURES = 3, 4, 2, 2
OPERATORS = {
    "gcn": GCN,
    "message_passing": MessagePassing,
    "mean": MeanAggregation,
    "sage_mean": GraphSAGE,
    "sage_max": partial(GraphSAGE, aggregator="max", pool_width=5),
    "sage_sum": partial(GraphSAGE, aggregator="sum", unit_rows=True),
    "gin": partial(GIN, eps=0.5, learn_eps=True),
    "gin_norm": partial(GIN, hidden_width=6, normalization="layer"),
    "gine": partial(GIN, eps=0.5, n_edge_features=N_EDGE_FEATURES),
    "chebyshev": partial(Chebyshev, order=3),
    "chebyshev_computed": partial(Chebyshev, order=2, lambda_max="computed"),
    "gated": partial(GatedGraph, n_types=N_TYPES),
    "gated_narrow": lambda n_in, n_out: GatedGraph(5, 4) if n_in == 5 else GatedGraph(n_in, n_out, n_steps=3),
    "appnp": partial(PageRankPropagation, n_steps=4),
    "appnp_dropout": partial(PageRankPropagation, n_steps=3, edge_dropout=0.4),
}


def make(name, n_in=N_IN, n_out=N_OUT, dtype=torch.float64):
    torch.manual_seed(0)
    layer = OPERATORS[name](n_in, n_out).to(dtype)
    for parameter in layer.parameters():  # biases start at zero, where a fault could hide
        if parameter.dim() == 1:
            nn.init.normal_(parameter)
    return layer


def draw(n, e, *, weighted=True, dtype=torch.float64, seed=0):
    """Return random edges, parallel ones and loops among them; the last node of several receives nothing."""
    rng = np.random.default_rng(seed)
    target = torch.as_tensor(np.sort(rng.integers(max(n - 1, 1), size=e)))
    return Edges(
        torch.as_tensor(rng.integers(max(n, 1), size=e)),
        target,
        n,
        weight=torch.as_tensor(rng.uniform(0.5, 2.0, e)).to(dtype) if weighted else None,
        features=torch.as_tensor(rng.normal(size=(e, N_EDGE_FEATURES))).to(dtype),
        type=torch.as_tensor(rng.integers(N_TYPES, size=e)),
        n_types=N_TYPES,
    )


def numbers(*shape, dtype=torch.float64, seed=1):
    return torch.as_tensor(np.random.default_rng(seed).normal(size=shape)).to(dtype)
