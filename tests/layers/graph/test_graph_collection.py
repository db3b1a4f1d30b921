"""Batches of a collection are the disjoint unions of their graphs."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from random_graphs import random_graphs

from deepstat.estimators.graphs.graph_table import graph_table
from deepstat.graph.disjoint_union import disjoint_union
from deepstat.graph.graph import Graph
from deepstat.layers.graph.edges import Edges


@given(st.data(), st.booleans(), st.booleans())
@settings(max_examples=60, deadline=None)
def test_a_batch_is_the_disjoint_union_of_its_graphs(data, directed, weighted):
    drawn = data.draw(st.lists(random_graphs(directed=directed, weighted=weighted), min_size=1, max_size=4))
    rng = np.random.default_rng(0)
    graphs = [graph.with_features(rng.normal(size=(graph.n_nodes, 2))) for graph in drawn]
    chosen = data.draw(st.lists(st.integers(0, len(graphs) - 1), min_size=1, max_size=5))
    collection = graph_table(graphs, ("one_hot_degree",), by_row=False).collection
    features, degree, edges = collection.batch(torch.tensor(chosen))

    union, graph_of_node = disjoint_union([graphs[i] for i in chosen])
    arcs = union.arcs
    np.testing.assert_array_equal(features, union.node_features)
    np.testing.assert_array_equal(edges.source, arcs.source)
    np.testing.assert_array_equal(edges.target, arcs.target)
    np.testing.assert_array_equal(edges.node_graph, graph_of_node)
    assert (edges.n_nodes, edges.n_graphs) == (union.n_nodes, len(chosen))
    if weighted and union.n_edges:
        np.testing.assert_array_equal(edges.weight, arcs.weight)
    loops = np.bincount(union.edges[0][union.edges[0] == union.edges[1]], minlength=union.n_nodes)
    ends = np.bincount(union.edges.ravel(), minlength=union.n_nodes)
    np.testing.assert_array_equal(degree, ends)
    assert (loops <= ends).all()

    expected = Edges(edges.source, edges.target, edges.n_nodes).matrix  # sorted afresh
    for name in ("pointers", "columns", "rows", "back_pointers", "back_columns", "order"):
        found = getattr(edges.matrix, name)
        assert found.dtype == torch.int32
        assert torch.equal(found, getattr(expected, name)), name


def test_a_moved_collection_keeps_its_whole_numbers():
    table = graph_table([Graph([[0], [1]], node_features=np.ones((2, 1)))], (), by_row=False)
    moved = table.on(torch.float32, torch.device("cpu"))
    assert moved.features.dtype == torch.float32
    assert moved.source.dtype == torch.int64
    assert table.on(torch.float32, torch.device("cpu")) is moved


@pytest.mark.parametrize("columns", [0, 2])
def test_graphs_without_arcs_make_batches(columns):
    lonely = Graph(np.empty((2, 0), dtype=int), node_features=np.ones((1, 1)))
    collection = graph_table([lonely], (), by_row=False).collection
    _, _, edges = collection.batch(torch.zeros(3, dtype=torch.int64))
    assert edges.matrix.matmul(torch.ones(3, columns, dtype=torch.float64)).shape == (3, columns)
