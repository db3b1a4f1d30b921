"""A thousand random graphs of every sort through every operator: numbers come out, and gradients back."""

import importlib
import inspect
import pkgutil
from functools import cache, partial

import numpy as np
import pytest
import torch
from torch import nn

import deepstat.layers.graph
from deepstat.data.graph_inputs import GraphInputs
from deepstat.estimators.components import resolve_architecture
from deepstat.estimators.network import build_network
from deepstat.graph.disjoint_union import disjoint_union
from deepstat.graph.graph import Graph
from deepstat.layers.graph.appnp import PageRankPropagation
from deepstat.layers.graph.chebyshev import Chebyshev
from deepstat.layers.graph.deep_sets import DeepSets
from deepstat.layers.graph.drop_edge import DropEdge
from deepstat.layers.graph.edges import Edges
from deepstat.layers.graph.gat import GAT
from deepstat.layers.graph.gated_graph import GatedGraph
from deepstat.layers.graph.gatv2 import GATv2
from deepstat.layers.graph.gcn import GCN
from deepstat.layers.graph.gin import GIN
from deepstat.layers.graph.graph_block import GraphBlock
from deepstat.layers.graph.graph_sage import GraphSAGE
from deepstat.layers.graph.mean_aggregation import MeanAggregation
from deepstat.layers.graph.message_passing import MessagePassing
from deepstat.layers.graph.node_map import NodeMap
from deepstat.layers.graph.pair_norm import PairNorm
from deepstat.layers.graph.pine import PINE
from deepstat.layers.graph.relational import Relational
from deepstat.layers.pooling.take_auxiliary_loss import take_auxiliary_loss
from deepstat.registry import registry

N_IN, N_OUT, N_TYPES, N_EDGE_FEATURES = 4, 4, 3, 2
N_GRAPHS = 1000
SORTS = ("empty", "one node", "loops on one node", "no edges", "isolated nodes", "loops", "parallel edges", "pieces",
         "all into one", "sparse", "dense", "cycle")  # fmt: skip
WEIGHTS = ("none", "some zero", "all zero")
# Directed, weights, typed, with features of edges.
CARRIED = [(d, w, t, f) for d in (False, True) for w in WEIGHTS for t in (False, True) for f in (False, True)]
BOTH = pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=["float32", "float64"])


class Normed(PairNorm):
    """PairNorm as an operator that keeps the width."""

    def __init__(self, n_in, n_out, *, n_types=1, n_edge_features=0, individual=False):
        super().__init__(individual=individual)


class Dropped(GCN):
    """A convolution over the edges that DropEdge leaves."""

    def __init__(self, n_in, n_out, **graph):
        super().__init__(n_in, n_out, **graph)
        self.mask = DropEdge(0.4)

    def forward(self, x, edges):
        return super().forward(x, self.mask(edges))


OPERATORS = {
    "appnp": partial(PageRankPropagation, n_steps=3, edge_dropout=0.3, linear=False),
    "chebyshev": partial(Chebyshev, order=3),
    "chebyshev computed": partial(Chebyshev, lambda_max="computed"),
    "deep sets, sum": partial(DeepSets, pool="sum"),
    "deep sets, mean": DeepSets,
    "deep sets, max": partial(DeepSets, pool="max"),
    "drop edge": Dropped,
    "gat": partial(GAT, heads=2, attention_dropout=0.3),
    "gat without loops": partial(GAT, heads=2, concat=False, self_loops=False),
    "gated graph": GatedGraph,
    "gatv2": partial(GATv2, heads=2, attention_dropout=0.3),
    "gatv2 without loops": partial(GATv2, heads=2, concat=False, self_loops=False),
    "gcn": GCN,
    "gcn without loops": partial(GCN, self_loops=False),
    "gcn, random walk": partial(GCN, normalization="random_walk", self_loops=False),
    "gin": partial(GIN, learn_eps=True),
    "gin, layer": partial(GIN, normalization="layer"),
    "graph block": partial(GraphBlock, n_global=2, n_hidden=3),
    "graph block, mean": partial(GraphBlock, aggregation="mean"),
    "mean": MeanAggregation,
    "message passing": MessagePassing,
    "node map": NodeMap,
    "pair norm": Normed,
    "pair norm of each": partial(Normed, individual=True),
    "pine": PINE,
    "pine without itself": partial(PINE, own_set=False),
    "relational": Relational,
    "relational, bases": partial(Relational, n_bases=2),
    "relational, blocks": partial(Relational, n_blocks=2),
    "sage, mean": GraphSAGE,
    "sage, max": partial(GraphSAGE, aggregator="max"),
    "sage, sum of length one": partial(GraphSAGE, aggregator="sum", unit_rows=True),
}
EACH = pytest.mark.parametrize("name", OPERATORS)


def ends(sort, rng):
    """Return edges (2, e) and the number of nodes of a graph of a sort."""
    n = {"empty": 0, "one node": 1, "loops on one node": 1}.get(sort, int(rng.integers(2, 9)))
    if sort in ("empty", "one node", "no edges"):
        return np.zeros((2, 0), dtype=np.int64), n
    if sort == "cycle":
        return np.stack([np.arange(n), (np.arange(n) + 1) % n]), n
    if sort == "loops on one node":
        return np.zeros((2, int(rng.integers(1, 4))), dtype=np.int64), n
    edges = rng.integers(n, size=(2, int(rng.integers(1, 4 * n if sort == "dense" else n + 1))))
    if sort == "isolated nodes":
        return edges, n + 3
    if sort == "loops":
        return np.hstack([edges, np.tile(rng.integers(n, size=3), (2, 1))]), n
    if sort == "parallel edges":
        return np.hstack([edges, edges, edges[::-1]]), n
    if sort == "pieces":
        return np.hstack([edges, edges + n]), 2 * n
    return (np.stack([edges[0], np.zeros_like(edges[1])]) if sort == "all into one" else edges), n


def draw(sort, carried, rng):
    """Draw a graph with node features, and what its edges carry."""
    directed, weights, typed, featured = carried
    edges, n = ends(sort, rng)
    e = edges.shape[1]
    weight = rng.uniform(0.1, 2.0, e) * (rng.random(e) < 0.7) * (weights == "some zero")
    return Graph(
        edges,
        n_nodes=n,
        directed=directed,
        node_features=rng.normal(size=(n, N_IN)) * (rng.random((n, 1)) < 0.8),  # some are rows of zeros
        edge_weight=None if weights == "none" else weight,
        edge_type=np.concatenate([rng.integers(N_TYPES, size=e)]) if typed else None,
        edge_features=rng.normal(size=(e, N_EDGE_FEATURES)) if featured else None,
    )


@cache
def batches():
    """Return a thousand graphs in groups that carry the same, with the sort of each."""
    rng = np.random.default_rng(0)
    groups = [[] for _ in CARRIED]
    for i in range(N_GRAPHS):
        place = i % len(CARRIED)
        sort = SORTS[(i // len(CARRIED)) % len(SORTS)]
        groups[place].append((sort, draw(sort, CARRIED[place], rng)))
    return groups


def tensors(graphs, dtype):
    """Return node features and the edges of graphs side by side."""
    union, graph_of_node = disjoint_union(graphs)
    arcs = union.arcs
    kind = None
    if union.edge_type is not None:  # of the labels drawn, some may be missing
        kind = torch.as_tensor(np.array(union.edge_types, dtype=np.int64)[union.edge_type][arcs.edge])
    features = union.edge_features
    edges = Edges(
        torch.tensor(arcs.source),
        torch.tensor(arcs.target),
        union.n_nodes,
        weight=None if arcs.weight is None else torch.tensor(arcs.weight, dtype=dtype),
        features=None if features is None else torch.tensor(features[arcs.edge], dtype=dtype),
        type=kind,
        n_types=1 if kind is None else N_TYPES,
        node_graph=torch.as_tensor(graph_of_node),
        n_graphs=len(graphs),
    )
    return torch.tensor(union.node_features, dtype=dtype), edges


def make(name, carried, dtype):
    _, _, typed, featured = carried
    torch.manual_seed(0)
    layer = OPERATORS[name](
        N_IN, N_OUT, n_types=N_TYPES if typed else 1, n_edge_features=N_EDGE_FEATURES if featured else 0
    )
    for parameter in layer.parameters():  # biases start at zero, where a fault could hide
        if parameter.dim() == 1:
            nn.init.normal_(parameter)
    return layer.to(dtype)


def check_numbers(network, x, edges, n_rows):
    """Check that outputs are numbers, and gradients of the parameters and features."""
    x = x.clone().requires_grad_()
    out = network(x, edges)
    assert out.shape == (n_rows, N_OUT)
    assert out.dtype == x.dtype
    assert out.isfinite().all()
    network.zero_grad()
    (out.square().sum() + take_auxiliary_loss(network)).backward()
    assert x.grad is None or x.grad.isfinite().all()
    for key, parameter in network.named_parameters():
        assert parameter.grad is None or parameter.grad.isfinite().all(), key
    return out.detach()


def test_there_are_a_thousand_graphs_of_every_sort_and_every_operator_is_among_those_tried():
    assert sum(map(len, batches())) == N_GRAPHS
    assert all({sort for sort, _ in group} == set(SORTS) for group in batches())
    found = set()
    for module in pkgutil.iter_modules(deepstat.layers.graph.__path__, "deepstat.layers.graph."):
        for own in vars(importlib.import_module(module.name)).values():
            if not (inspect.isclass(own) and issubclass(own, nn.Module) and own.__module__ == module.name):
                continue
            called = list(inspect.signature(own.forward).parameters)[1:]
            built = inspect.signature(own).parameters
            if called == ["x", "edges"] and list(built)[:2] == ["n_in", "n_out"]:
                found.add(own)
    tried = {own.func if isinstance(own, partial) else own for own in OPERATORS.values()}
    assert found == tried - {Normed, Dropped}
    assert len(found) > 10


@EACH
@BOTH
def test_a_thousand_graphs_give_numbers_and_gradients_that_are_numbers(name, dtype):
    for carried, group in zip(CARRIED, batches(), strict=True):
        layer = make(name, carried, dtype).train()
        x, edges = tensors([graph for _, graph in group], dtype)
        check_numbers(layer, x, edges, len(x))


@EACH
@BOTH
def test_graphs_of_every_sort_give_alone_what_they_give_side_by_side(name, dtype):
    for carried, group in zip(CARRIED, batches(), strict=True):
        layer = make(name, carried, dtype).eval()
        graphs = [graph for _, graph in group[: len(SORTS)]]
        x, edges = tensors(graphs, dtype)
        with torch.no_grad():
            whole = layer(x, edges)
        start = 0
        # Of each sort one: all of them with one group, a quarter with the others.
        for i, graph in enumerate(graphs):
            if carried == CARRIED[-1] or (i + CARRIED.index(carried)) % 4 == 0:
                alone = check_numbers(layer, *tensors([graph], dtype), graph.n_nodes)
                tolerance = 1e-9 if dtype == torch.float64 else 1e-3
                part = whole[start : start + graph.n_nodes]
                torch.testing.assert_close(alone, part, rtol=tolerance, atol=tolerance)
            start += graph.n_nodes


@pytest.mark.parametrize(
    "name",
    [
        each
        for each in registry().names("architecture")
        if registry().record("architecture", each).takes != "table"
    ],
)
@BOTH
def test_every_registered_architecture_gives_numbers(name, dtype):
    record = registry().record("architecture", name)
    resolved, _ = resolve_architecture(record, dict(record.example), record.takes)
    for carried, group in zip(
        CARRIED[::5], batches()[::5], strict=True
    ):  # of all that edges carry, something
        _, _, typed, featured = carried
        inputs = GraphInputs(
            N_IN,
            n_edge_features=N_EDGE_FEATURES if featured else 0,
            n_edge_types=N_TYPES if typed else 1,
        )
        network = build_network(resolved, inputs, N_OUT, seed=0, dtype=dtype, device=torch.device("cpu"))
        graphs = [graph for _, graph in group]
        x, edges = tensors(graphs, dtype)
        check_numbers(network.train(), x, edges, len(x) if record.takes == "graph" else len(graphs))
        if carried in (CARRIED[0], CARRIED[15]):
            for graph in graphs[: len(SORTS)]:
                n_rows = graph.n_nodes if record.takes == "graph" else 1
                check_numbers(network.eval(), *tensors([graph], dtype), n_rows)


class RootOfDegree(GCN):
    """A planted fault: the gradient of a root at zero."""

    def forward(self, x, edges):
        total = torch.zeros(edges.n_nodes, dtype=x.dtype).index_add(0, edges.target, x[edges.source, 0])
        return super().forward(x, edges) + (total * (total > 0)).sqrt()[:, None]


class OverDegree(GCN):
    """A planted fault: a mean over no neighbours."""

    def forward(self, x, edges):
        return super().forward(x, edges) / torch.bincount(edges.target, minlength=len(x))[:, None]


@pytest.mark.parametrize("fault", [RootOfDegree, OverDegree])
def test_a_planted_fault_is_found(fault, monkeypatch):
    monkeypatch.setitem(OPERATORS, "gcn", fault)
    with pytest.raises(AssertionError):
        test_a_thousand_graphs_give_numbers_and_gradients_that_are_numbers("gcn", torch.float64)
