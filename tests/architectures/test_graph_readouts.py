"""Recipes of networks of whole graphs."""

from importlib import import_module

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from random_graphs import random_graphs

from deepstat.builtin.architectures import ARCHITECTURES
from deepstat.data.graph_inputs import GraphInputs
from deepstat.estimators.graphs.graph_table import graph_table
from deepstat.graph.graph import Graph
from deepstat.registry import resolve

RECORDS = [record for record in ARCHITECTURES if record.takes == "graphs"]


def batch_of(graphs):
    collection = graph_table(graphs, ("constant", "degree"), by_row=False).collection
    return collection.batch(torch.arange(len(graphs)))


@pytest.mark.parametrize("options", ["defaults", "example"])
@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.name)
@given(data=st.data(), directed=st.booleans(), weighted=st.booleans())
@settings(max_examples=20, deadline=None)
def test_any_graphs_give_finite_outputs_and_gradients(record, options, data, directed, weighted):
    kind = random_graphs(directed=directed, weighted=weighted)
    graphs = data.draw(st.lists(kind, min_size=1, max_size=4))
    features, _, edges = batch_of(graphs)
    chosen = record.example if options == "example" else {}
    network = resolve(record)(GraphInputs(n_numeric=3), 2, **chosen).double()
    network.eval()
    with torch.no_grad():
        outputs = network(features, edges)
    assert outputs.shape == (len(graphs), 2)
    assert outputs.isfinite().all()
    if len(features) > 1:  # batch norm needs two nodes in training
        network.train()
        network(features, edges).square().sum().backward()
        assert all(p.grad is None or p.grad.isfinite().all() for p in network.parameters())


def test_the_fingerprint_is_a_network_of_counts():
    recipe = import_module("deepstat.architectures.graphs.no_graph").no_graph
    network = recipe(GraphInputs(n_numeric=3), 1, node_layer_sizes=(), hidden_layer_sizes=()).double()
    kinds = np.eye(3)[[0, 0, 1, 2]]
    table = graph_table([Graph([[0], [1]], node_features=kinds)], (), by_row=False)
    features, _, edges = table.collection.batch(torch.tensor([0]))
    counts = torch.tensor([2.0, 1.0, 1.0], dtype=torch.float64)
    expected = network.head[0].weight[0] @ counts + network.head[0].bias[0]
    assert network(features, edges).item() == pytest.approx(expected.item())


def test_the_baseline_does_not_look_at_the_edges():
    recipe = import_module("deepstat.architectures.graphs.no_graph").no_graph
    network = recipe(GraphInputs(n_numeric=2), 1).double()
    features = np.random.default_rng(0).normal(size=(4, 2))
    outputs = []
    for edges in ([[0, 1], [1, 2]], [[3], [0]]):
        table = graph_table([Graph(edges, node_features=features)], (), by_row=False)
        x, _, arcs = table.collection.batch(torch.tensor([0]))
        outputs.append(network(x, arcs))
    assert torch.equal(*outputs)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("gin_readout", {"jumping": "last"}),
        ("gin_readout", {"jumping": "all"}),
        ("gin_readout", {"readout": "mean"}),
        ("gin_readout", {"normalization": "layer"}),
        ("gin_readout", {"head_layer_sizes": (4,)}),
        ("gin_readout", {"activation": torch.tanh}),
        ("sage_readout", {"aggregator": "max"}),
        ("sage_readout", {"readout": "attention"}),
        ("diff_pool", {"operator": "gcn"}),
        ("diff_pool", {"jumping": False}),
        ("top_k", {"gate": "sigmoid"}),
        ("no_graph", {"readout": "max"}),
    ],
    ids=lambda own: own if isinstance(own, str) else "-".join(own),
)
def test_each_option_changes_the_outputs(name, options):
    features, _, edges = batch_of([Graph([[0, 1, 2], [1, 2, 3]]), Graph([[0, 0, 0], [1, 2, 3]])])
    recipe = resolve(next(record for record in RECORDS if record.name == name))
    outputs = []
    for own in ({}, options):
        torch.manual_seed(0)
        outputs.append(recipe(GraphInputs(n_numeric=3), 2, **own).double().eval()(features, edges))
    assert not torch.equal(*outputs)


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("gin_readout", {"readout": "median"}, "Unknown readout 'median'"),
        ("gin_readout", {"jumping": "concat"}, "Unknown jumping 'concat'"),
        ("gin_readout", {"normalization": "pair"}, "Unknown normalization 'pair'"),
        ("sage_readout", {"hidden_layer_sizes": (0,)}, "hidden_layer_sizes is"),
        ("no_graph", {"dropout": 1.0}, "dropout is 1.0"),
        ("diff_pool", {"operator": "lstm"}, "Unknown operator 'lstm'"),
        ("diff_pool", {"hidden": 0}, "hidden is 0"),
    ],
)
def test_options_out_of_range_are_refused(name, options, message):
    recipe = resolve(next(record for record in RECORDS if record.name == name))
    with pytest.raises(ValueError, match=message):
        recipe(GraphInputs(n_numeric=3), 2, **options)
