"""Adjacency matrices, normalisations and Laplacians: networkx, scipy and cases solved by hand."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import assume, given, settings
from random_graphs import as_networkx, random_graphs
from scipy.sparse import csgraph

from deepstat.graph.adjacency import adjacency
from deepstat.graph.graph import Graph
from deepstat.graph.laplacian import laplacian
from deepstat.graph.normalized_adjacency import normalized_adjacency

KINDS = ["combinatorial", "symmetric", "random_walk"]


@settings(max_examples=200, deadline=None)
@given(random_graphs())
def test_adjacency_is_the_transpose_of_networkx(graph):
    assume(graph.n_nodes)
    matrix = adjacency(graph)
    expected = nx.to_numpy_array(as_networkx(graph), nodelist=range(graph.n_nodes), weight="weight")
    np.testing.assert_array_equal(matrix.toarray(), expected.T)
    assert matrix.has_canonical_format
    if not graph.directed:
        assert (matrix != matrix.T).nnz == 0


@settings(max_examples=200, deadline=None)
@given(random_graphs(directed=False))
def test_laplacians_are_those_of_networkx(graph):
    assume(graph.n_nodes)
    written = as_networkx(graph)
    nodes = range(graph.n_nodes)
    expected = nx.laplacian_matrix(written, nodelist=nodes).toarray()
    np.testing.assert_allclose(laplacian(graph).toarray(), expected, atol=1e-12)
    expected = nx.normalized_laplacian_matrix(written, nodelist=nodes).toarray()
    np.testing.assert_allclose(laplacian(graph, "symmetric").toarray(), expected, atol=1e-12)


@settings(max_examples=200, deadline=None)
@given(random_graphs())
def test_the_combinatorial_laplacian_is_that_of_scipy(graph):
    assume(graph.n_nodes)
    dense = adjacency(graph).toarray()
    dense[np.diag_indices_from(dense)] = 0  # scipy leaves self-loops out too
    expected = csgraph.laplacian(dense.T, use_out_degree=False).T
    np.testing.assert_allclose(laplacian(graph).toarray(), expected, atol=1e-12)


@settings(max_examples=100, deadline=None)
@given(random_graphs())
def test_rows_of_laplacians_sum_to_zero_and_eigenvalues_lie_between_0_and_2(graph):
    for kind in ("combinatorial", "random_walk"):
        np.testing.assert_allclose(laplacian(graph, kind).sum(axis=1), 0, atol=1e-12)
    assume(graph.n_nodes and not graph.directed)
    for kind in ("symmetric", "random_walk"):
        values = np.linalg.eigvals(laplacian(graph, kind).toarray())
        np.testing.assert_allclose(values.imag, 0, atol=1e-6)
        assert values.real.min() > -1e-6
        assert values.real.max() < 2 + 1e-6


def test_the_random_walk_laplacian_solved_by_hand():
    graph = Graph([[0, 1], [1, 2]], n_nodes=4, edge_weight=[1.0, 3.0])
    expected = [[1, -1, 0, 0], [-0.25, 1, -0.75, 0], [0, -1, 1, 0], [0, 0, 0, 0]]
    np.testing.assert_allclose(laplacian(graph, "random_walk").toarray(), expected)


def test_the_laplacian_of_a_directed_graph_holds_what_comes_in():
    graph = Graph([[0, 1], [2, 2]], directed=True, edge_weight=[1.0, 2.0])
    np.testing.assert_allclose(laplacian(graph).toarray(), [[0, 0, 0], [0, 0, 0], [-1, -2, 3]])


@settings(max_examples=100, deadline=None)
@given(random_graphs())
def test_random_walk_rows_are_probabilities(graph):
    np.testing.assert_allclose(normalized_adjacency(graph, "random_walk").sum(axis=1), 1.0)
    bare = normalized_adjacency(graph, "random_walk", self_loops=False).sum(axis=1)
    np.testing.assert_allclose(bare, adjacency(graph).sum(axis=1) > 0)


@settings(max_examples=100, deadline=None)
@given(random_graphs(directed=False))
def test_symmetric_normalisation_is_one_minus_the_laplacian_of_the_graph_with_loops(graph):
    assume(graph.n_nodes)
    with_loops = as_networkx(graph)
    with_loops.add_edges_from((node, node, {"weight": 1.0}) for node in range(graph.n_nodes))
    expected = (
        np.eye(graph.n_nodes) - nx.normalized_laplacian_matrix(with_loops, range(graph.n_nodes)).toarray()
    )
    np.testing.assert_allclose(normalized_adjacency(graph).toarray(), expected, atol=1e-12)


def test_symmetric_normalisation_solved_by_hand():
    graph = Graph([[0, 1], [1, 2]], n_nodes=4)
    half = 1 / np.sqrt(2)
    expected = [[0, half, 0, 0], [half, 0, half, 0], [0, half, 0, 0], [0, 0, 0, 0]]
    np.testing.assert_allclose(normalized_adjacency(graph, self_loops=False).toarray(), expected)
    sixth = 1 / np.sqrt(6)
    expected = [[1 / 2, sixth, 0, 0], [sixth, 1 / 3, sixth, 0], [0, sixth, 1 / 2, 0], [0, 0, 0, 1]]
    np.testing.assert_allclose(normalized_adjacency(graph).toarray(), expected)


def test_graphs_without_nodes_have_empty_matrices():
    for kind in KINDS:
        assert laplacian(Graph([]), kind).shape == (0, 0)
    assert normalized_adjacency(Graph([])).shape == (0, 0)


def test_an_unknown_kind_gets_one_sentence():
    with pytest.raises(ValueError, match="Unknown kind 'normalized': choose one of combinatorial, sym"):
        laplacian(Graph([]), "normalized")
    with pytest.raises(ValueError, match="Unknown kind 'sym': choose one of symmetric, random_walk"):
        normalized_adjacency(Graph([]), "sym")
