"""Structural features: numpy's dense eigenvectors and matrix powers, and cases solved by hand."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import assume, given, settings
from random_graphs import as_networkx, random_graphs

from deepstat.graph import leading_eigenvectors as eigenvectors_file
from deepstat.graph import return_probabilities as return_file
from deepstat.graph.graph import Graph
from deepstat.graph.laplacian_eigenvectors import laplacian_eigenvectors
from deepstat.graph.return_probabilities import return_probabilities
from deepstat.graph.structural_features import structural_features


def of_networkx(written):
    return Graph(np.array(written.edges, dtype=int).reshape(-1, 2).T, n_nodes=len(written))


@settings(max_examples=100, deadline=None)
@given(random_graphs(directed=False))
def test_eigenvectors_satisfy_their_equation_in_the_order_of_eigenvalues(graph):
    assume(graph.n_nodes)
    vectors = laplacian_eigenvectors(graph, 4)
    found = min(4, graph.n_nodes - 1)
    matrix = nx.normalized_laplacian_matrix(as_networkx(graph), nodelist=range(graph.n_nodes)).toarray()
    values = np.linalg.eigvalsh(matrix)[1 : 1 + found]
    np.testing.assert_allclose(matrix @ vectors[:, :found], vectors[:, :found] * values, atol=1e-9)
    np.testing.assert_allclose(vectors.T @ vectors, np.diag([1.0] * found + [0.0] * (4 - found)), atol=1e-9)


def test_eigenvectors_of_a_graph_without_repeated_eigenvalues_are_those_of_numpy():
    written = nx.karate_club_graph()
    matrix = nx.normalized_laplacian_matrix(written, weight=None).toarray()
    values, expected = np.linalg.eigh(matrix)
    assert np.diff(values[:6]).min() > 1e-3
    expected = expected[:, 1:5]
    expected = expected * np.sign(expected[np.abs(expected).argmax(axis=0), range(4)])
    np.testing.assert_allclose(laplacian_eigenvectors(of_networkx(written), 4), expected, atol=1e-10)


def test_the_largest_entry_is_positive_and_the_first_wins_a_tie():
    path = laplacian_eigenvectors(Graph([[0, 1, 2, 3], [1, 2, 3, 4]]), 3)
    assert (path[0, :] > 0).any()
    for column in path.T:
        largest = np.flatnonzero(np.abs(column) > np.abs(column).max() - 1e-6)
        assert column[largest[0]] > 0


@pytest.mark.parametrize(
    "written",
    [
        nx.random_geometric_graph(200, 0.15, seed=0),
        nx.disjoint_union(nx.gnp_random_graph(60, 0.1, seed=1), nx.gnp_random_graph(50, 0.1, seed=2)),
        nx.cycle_graph(90),  # every eigenvalue but the first is double
        nx.star_graph(80),  # one eigenvalue 79 times
        nx.empty_graph(40),
    ],
)
def test_the_sparse_solver_finds_what_the_dense_one_finds(written, monkeypatch):
    monkeypatch.setattr(eigenvectors_file, "DENSE", 10)
    found = laplacian_eigenvectors(of_networkx(written), 6)
    matrix = nx.normalized_laplacian_matrix(written, weight=None).toarray()
    values = np.linalg.eigvalsh(matrix)[1:7]
    np.testing.assert_allclose(np.diag(found.T @ matrix @ found), values, atol=1e-7)
    np.testing.assert_allclose(found.T @ found, np.eye(6), atol=1e-7)
    np.testing.assert_array_equal(laplacian_eigenvectors(of_networkx(written), 6), found)


def test_eigenvectors_ignore_directions():
    written = nx.gnp_random_graph(12, 0.3, seed=3, directed=True)
    ends = np.array(written.edges).T
    directed, undirected = Graph(ends, n_nodes=12, directed=True), Graph(ends, n_nodes=12)
    np.testing.assert_array_equal(laplacian_eigenvectors(directed), laplacian_eigenvectors(undirected))


@settings(max_examples=200, deadline=None)
@given(random_graphs())
def test_return_probabilities_are_diagonals_of_dense_powers(graph):
    assume(graph.n_nodes)
    weight = nx.to_numpy_array(as_networkx(graph), nodelist=range(graph.n_nodes))
    total = weight.sum(axis=1, keepdims=True)
    step = np.divide(weight, total, out=np.zeros_like(weight), where=total > 0)
    expected = np.stack([np.diag(np.linalg.matrix_power(step, t)) for t in range(1, 6)], axis=1)
    np.testing.assert_allclose(return_probabilities(graph, 5), expected, atol=1e-12)


def test_return_probabilities_in_blocks_are_those_at_once(monkeypatch):
    graph = of_networkx(nx.karate_club_graph())
    whole = return_probabilities(graph, 4)
    monkeypatch.setattr(return_file, "ENTRIES", 200)
    np.testing.assert_allclose(return_probabilities(graph, 4), whole, rtol=1e-14)


def test_return_probabilities_agree_with_simulated_walks():
    graph = Graph([[0, 1, 2, 2], [1, 2, 0, 3]])
    neighbours = {0: [1, 2], 1: [0, 2], 2: [0, 1, 3], 3: [2]}
    rng = np.random.default_rng(0)
    n = 4000
    returned = 0
    for _ in range(n):
        node = 2
        for _ in range(3):
            node = neighbours[node][rng.integers(len(neighbours[node]))]
        returned += node == 2
    probability = return_probabilities(graph, 3)[2, 2]
    assert abs(returned / n - probability) < 4 * np.sqrt(probability * (1 - probability) / n)


def test_blocks_stand_side_by_side_in_the_order_asked_for():
    star = Graph([[0, 0, 0], [1, 2, 3]])
    features = structural_features(star, ["degree", "constant", "one_hot_degree"], max_degree=2)
    expected = [[3, np.log(4), 1, 0, 0, 1]] + 3 * [[1, np.log(2), 1, 0, 1, 0]]
    np.testing.assert_allclose(features, expected)


@settings(max_examples=50, deadline=None)
@given(random_graphs())
def test_the_number_of_columns_is_the_same_for_every_graph(graph):
    features = structural_features(graph, max_degree=3, n_eigenvectors=2, n_steps=4)
    assert features.shape == (graph.n_nodes, 1 + 4 + 2 + 2 + 4)
    assert np.isfinite(features).all()
    assert graph.with_features(features).node_features.shape == features.shape


@settings(max_examples=50, deadline=None)
@given(random_graphs())
def test_all_but_eigenvectors_follow_a_renumbering_of_nodes(graph):
    kinds = ["constant", "one_hot_degree", "degree", "random_walk"]
    order = np.random.default_rng(0).permutation(graph.n_nodes)
    features = structural_features(graph, kinds)
    np.testing.assert_allclose(structural_features(graph.subgraph(order), kinds), features[order], atol=1e-12)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"kinds": []}, "kinds must be a list of at least one of constant"),
        ({"kinds": "degree"}, "kinds must be a list of at least one of constant"),
        ({"kinds": ["degrees"]}, "Unknown kind 'degrees': choose one of .* Did you mean 'degree'"),
        ({"max_degree": 0}, "max_degree must be a whole number from 1 on, not 0"),
        ({"n_eigenvectors": 0}, "n_eigenvectors must be a whole number from 1 on, not 0"),
        ({"n_steps": 1.5}, "n_steps must be a whole number from 1 on, not 1.5"),
    ],
)
def test_wrong_arguments_get_one_sentence(given, sentence):
    with pytest.raises(ValueError, match=sentence):
        structural_features(Graph([[0], [1]]), **given)


def test_eigenvectors_that_are_not_found_get_one_sentence(monkeypatch):
    def gives_up(matrix, **_):
        raise eigenvectors_file.ArpackNoConvergence("", np.empty(0), np.empty((0, 0)))

    monkeypatch.setattr(eigenvectors_file, "DENSE", 2)
    monkeypatch.setattr(eigenvectors_file, "eigsh", gives_up)
    with pytest.raises(RuntimeError, match="The 2 leading eigenvectors of this graph were not found"):
        laplacian_eigenvectors(Graph([[0, 1, 2], [1, 2, 3]]), 1)
