"""Built-in architectures of graphs keep the contract; each claim rejects a network that breaks it."""

import pytest
import torch
from torch import nn
from torch.nn import functional

from deepstat.data.graph_inputs import GraphInputs
from deepstat.estimators.components import resolve_architecture
from deepstat.estimators.network import build_network
from deepstat.layers.graph.edges import Edges
from deepstat.layers.graph.node_linear import NodeLinear
from deepstat.layers.graph.propagate import propagate
from deepstat.layers.graph.typed_features import TypedFeatures
from deepstat.layers.pooling.sum_readout import sum_readout
from deepstat.records import Architecture
from deepstat.registry import registry
from deepstat.testing import check_architecture, check_component

READS_NODES = [
    name
    for name in registry().names("architecture")
    if registry().record("architecture", name).takes == "graph"
]


class Network(nn.Module):
    """Sums over neighbours beside a node's own features, with a fault in the way it is called."""

    def __init__(self, inputs, n_outputs, fault=None):
        super().__init__()
        self.own = NodeLinear(inputs.n_features, n_outputs)
        self.neighbours = NodeLinear(inputs.n_features, n_outputs, bias=False)
        self.fault = fault

    def plain(self, x, edges):
        return self.own(x) + propagate(edges, self.neighbours(x))

    def forward(self, x, edges):
        return self.plain(x, edges) if self.fault is None else self.fault(self, x, edges)


class Readout(Network):
    """The sum of a network's outputs over the nodes of each graph, with a fault."""

    def plain(self, x, edges):
        return sum_readout(super().plain(x, edges), edges)


class WholeGraph(Network):
    """Centres over all nodes of a graph, and says so."""

    reads_whole_graph = True

    def forward(self, x, edges):
        out = self.plain(x, edges)
        number = torch.zeros_like(edges.target[:0]) if edges.node_graph is None else edges.node_graph
        if edges.node_graph is None:
            return out - out.mean(0)
        total = out.new_zeros(edges.n_graphs, out.shape[1]).index_add(0, number, out)
        count = torch.bincount(number, minlength=edges.n_graphs)
        return out - (total / count[:, None])[number]


def nodes(fault, **more):
    recipe = lambda inputs, n_outputs: Network(inputs, n_outputs, fault)  # noqa: E731
    return Architecture(name="bad", target=recipe, takes="graph", **more)


def graphs(fault):
    recipe = lambda inputs, n_outputs: Readout(inputs, n_outputs, fault)  # noqa: E731
    return Architecture(name="bad", target=recipe, takes="graphs")


def over_degree(network, x, edges):
    return network.plain(x, edges) / torch.bincount(edges.target, minlength=edges.n_nodes)[:, None]


def root_of_weights(network, x, edges):
    out = network.plain(x, edges)
    if edges.weight is None:
        return out
    total = out.new_zeros(len(out)).index_add(0, edges.target, edges.weight)
    return out + (network.own.bias.sum() * total).abs().sqrt()[:, None]


def first_edge(network, x, edges):
    return network.plain(x, edges) + 0 * edges.target[0]


def in_place(network, x, edges):
    return network.plain(x.mul_(1.5) if isinstance(x, torch.Tensor) else x, edges)


def weights_in_place(network, x, edges):
    if edges.weight is not None:
        edges.weight.mul_(0.5)
    return network.plain(x, edges)


def noise(network, x, edges):
    return functional.dropout(network.plain(x, edges), 0.5, training=network.training)


def rounding(network, x, edges):
    return network.plain(x, edges).float()


def needs_a_tensor(network, x, edges):
    return network.plain(functional.relu(x), edges)


def other_for_sparse(network, x, edges):
    return network.plain(x, edges) if isinstance(x, torch.Tensor) else network.own(x)


def centred(network, x, edges):
    out = network.plain(x, edges)
    return out - out.mean(0)


def by_number(network, x, edges):
    out = network.plain(x, edges)
    number = torch.arange(len(out), dtype=out.dtype)
    if edges.node_graph is not None:
        first = torch.searchsorted(edges.node_graph, edges.node_graph)
        number = number - first
    return out * torch.where(number[:, None] == 3, 2.0, 1.0)


def branching_on_data(network, x, edges):
    out = network.plain(x, edges)
    return out if out.sum() < 1e30 else 2 * out


def other_for_members(network, x, edges):
    out = network.plain(x, edges)
    return 2 * out if torch._C._functorch.is_functorch_wrapped_tensor(out) else out


class Idle(Network):
    """Has a layer that it never calls."""

    def __init__(self, inputs, n_outputs):
        super().__init__(inputs, n_outputs)
        self.idle = nn.Linear(2, 2)


class Forgetful(Network):
    """Scales by a number that is drawn and kept beside the parameters."""

    def __init__(self, inputs, n_outputs):
        super().__init__(inputs, n_outputs)
        self.scale = float(torch.rand(()))

    def forward(self, x, edges):
        return self.scale * self.plain(x, edges)


def unseeded(inputs, n_outputs):
    network = Network(inputs, n_outputs)
    generator = torch.Generator()
    generator.seed()
    nn.init.normal_(network.own.weight, generator=generator)
    return network


def two_types_at_most(inputs, n_outputs):
    if inputs.n_edge_types > 2:
        raise ValueError("at most two types of edges")
    return Network(inputs, n_outputs)


def architecture(target, takes="graph", **more):
    return Architecture(name="bad", target=target, takes=takes, **more)


FAULTS = [
    (r"returns shape \(12, 1\) for 12 nodes and 3 outputs; return \(12, 3\)",
     architecture(lambda inputs, n_outputs: Network(inputs, 1))),
    (r"returns shape \(12, 1\) for 1 graphs", graphs(lambda network, x, edges: Network.plain(network, x, edges))),
    ("returns tuple; return a tensor", nodes(lambda network, x, edges: (x, edges))),
    ("returns numbers that are not finite", nodes(over_degree)),
    ("a gradient that is not finite", nodes(root_of_weights)),
    (r"fails on 4 nodes and 0 arcs in torch\.float32 \(IndexError", nodes(first_edge)),
    ("changes its inputs in place", nodes(in_place)),
    ("changes its inputs in place", nodes(weights_in_place)),
    ("global generator", nodes(noise)),
    ("keep the dtype", nodes(rounding)),
    ("on sparse node features; map them by deepstat.layers.graph.node_linear.NodeLinear", nodes(needs_a_tensor)),
    ("something else for sparse node features", nodes(other_for_sparse)),
    ("lets graphs of one batch see each other", nodes(centred)),
    ("lets graphs of one batch see each other", graphs(lambda network, x, edges: centred(network, x, edges) + 1)),
    ("is not equivariant: with", nodes(by_number)),
    ("is not invariant: with", graphs(lambda network, x, edges: sum_readout(by_number_of(network, x, edges), edges))),
    ("does not use its parameter 'idle.weight'", architecture(Idle)),
    ("with the same seed", architecture(unseeded)),
    ("saved and loaded", architecture(Forgetful)),
    (r"torch\.func\.vmap.*batched=False", nodes(branching_on_data)),
    ("computes something else for a batched member", nodes(other_for_members)),
    ("to build for 3 features of nodes, 2 of edges and 3 types of edges", architecture(two_types_at_most)),
    ("not an nn.Module", architecture(lambda inputs, n_outputs: torch.sin)),
    ("cannot be imported", architecture("deepstat.architectures.graphs.gcn:gnc")),
    ("has no option 'depth'", nodes(None, example={"depth": 2})),
]  # fmt: skip


def by_number_of(network, x, edges):
    plain = Network.plain(network, x, edges)
    number = torch.arange(len(plain))
    if edges.node_graph is not None:
        number = number - torch.searchsorted(edges.node_graph, edges.node_graph)
    return plain * torch.where(number[:, None] == 3, 2.0, 1.0)


@pytest.mark.parametrize(("sentence", "record"), FAULTS, ids=[sentence for sentence, _ in FAULTS])
def test_a_planted_fault_is_rejected_in_one_sentence(sentence, record):
    with pytest.raises(AssertionError, match=sentence) as caught:
        check_architecture(record)
    assert str(caught.value).startswith("architecture 'bad' ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("takes", ["graph", "graphs"])
def test_a_plain_network_of_graphs_passes(takes):
    target = {"graph": Network, "graphs": Readout}[takes]
    check_component(Architecture(name="plain", target=target, takes=takes))


def test_a_network_that_cannot_be_batched_passes_when_its_record_says_so():
    check_architecture(nodes(branching_on_data, batched=False))


def test_a_network_may_read_the_whole_graph_if_it_says_so():
    check_architecture(architecture(WholeGraph))
    WholeGraph.reads_whole_graph = False
    try:
        with pytest.raises(AssertionError, match="no edge leads from"):
            check_architecture(architecture(WholeGraph))
    finally:
        WholeGraph.reads_whole_graph = True


@pytest.mark.parametrize("options", [{"normalization": "pair"}, {"normalization": "batch", "drop_edge": 0.3}])
@pytest.mark.parametrize(
    ("skip", "jumping"), [("residual", "attention"), ("dense", "max"), ("none", "concat")]
)
def test_normalisations_skips_and_joined_layers_keep_the_contract(options, skip, jumping):
    example = {"hidden_layer_sizes": (6, 6), "skip": skip, "jumping": jumping, **options}
    check_architecture(Architecture(name="mine", target="deepstat.architectures.graphs.gcn:gcn", takes="graph",
                                    example=example))  # fmt: skip


@pytest.mark.parametrize("name", READS_NODES)
def test_every_network_of_nodes_reads_features_that_each_type_has_of_its_own(name):
    record = registry().record("architecture", name)
    resolved, _ = resolve_architecture(record, dict(record.example), "graph")
    network = build_network(
        resolved,
        GraphInputs(0, type_widths=(2, 3)),
        2,
        seed=0,
        dtype=torch.float64,
        device=torch.device("cpu"),
    )
    draws = torch.Generator().manual_seed(0)
    parts = [torch.randn(2, p, dtype=torch.float64, generator=draws) for p in (2, 3)]
    features = TypedFeatures(tuple(parts), torch.tensor([0, 2, 1, 3]))
    edges = Edges(torch.tensor([1, 0, 3, 2]), torch.tensor([0, 1, 2, 3]), 4)
    out = network(features, edges)
    out.square().sum().backward()
    assert out.shape == (4, 2)
    assert out.isfinite().all()
    gradients = [parameter.grad for parameter in network.parameters()]
    assert all(each is not None and each.isfinite().all() for each in gradients)
