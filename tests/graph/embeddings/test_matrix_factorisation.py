import sys

import networkx as nx
import numpy as np
import pytest
from scipy import linalg

from deepstat.graph.embeddings import deepwalk_matrix, matrix_factorisation
from deepstat.graph.graph import Graph
from deepstat.graph.walks import cooccurrences, uniform_walks

KARATE = nx.karate_club_graph()


def karate(weighted=True):
    edges = np.array(KARATE.edges).T
    return Graph(edges, edge_weight=[w for *_, w in KARATE.edges.data("weight")] if weighted else None)


def dense_matrix(adjacency, window, n_negative):
    """Return the truncated logarithm by dense powers."""
    transition = adjacency / adjacency.sum(axis=1, keepdims=True)
    powers = sum(np.linalg.matrix_power(transition, r) for r in range(1, window + 1))
    raw = adjacency.sum() / (n_negative * window) * powers / adjacency.sum(axis=0)
    return np.log(np.maximum(raw, 1.0))


@pytest.mark.parametrize("block", [5, 512])
@pytest.mark.parametrize(("window", "n_negative"), [(1, 1.0), (10, 5.0)])
def test_the_matrix_is_that_of_dense_powers(window, n_negative, block, monkeypatch):
    # The package's attribute of that name is the function.
    monkeypatch.setattr(sys.modules["deepstat.graph.embeddings.deepwalk_matrix"], "BLOCK", block)
    expected = dense_matrix(nx.to_numpy_array(KARATE), window, n_negative)
    matrix = deepwalk_matrix(karate(), window=window, n_negative=n_negative).toarray()
    np.testing.assert_allclose(matrix, expected, atol=1e-12)
    np.testing.assert_allclose(matrix, matrix.T, atol=1e-12)


def test_counts_on_many_walks_approach_the_matrix():
    graph = Graph([[0, 0, 1, 2, 3, 3, 1], [1, 2, 2, 3, 4, 5, 4]])
    degree = np.bincount(graph.edges.ravel())
    # Begun in proportion to degree, walks are stationary from their first step.
    walks = uniform_walks(graph, np.repeat(np.arange(6), degree), length=40, n_walks=2000, random_state=0)
    # Only pairs with a full window on the walk count as in the limit: each distance equally often.
    pairs = sum(
        cooccurrences(walks[:, [start, start + distance]], 1, n_nodes=6)
        for start in range(36)
        for distance in (1, 2, 3)
    ).toarray()
    ratio = pairs * pairs.sum() / pairs.sum(axis=0) / pairs.sum(axis=1, keepdims=True)
    expected = np.exp(deepwalk_matrix(graph, window=3).toarray())
    np.testing.assert_allclose(np.maximum(ratio, 1.0), expected, rtol=0.02, atol=0.01)


@pytest.mark.parametrize("dense", [0, 800])
def test_the_embedding_is_the_truncated_singular_value_decomposition(dense, monkeypatch):
    monkeypatch.setattr("deepstat.graph.leading_eigenvectors.DENSE", dense)
    left, values, _ = linalg.svd(dense_matrix(nx.to_numpy_array(KARATE), 5, 1.0))
    embedding = matrix_factorisation(karate(), 4, window=5)
    np.testing.assert_allclose(np.abs(embedding), np.abs(left[:, :4] * np.sqrt(values[:4])), atol=1e-8)
    assert (embedding[np.abs(embedding).argmax(axis=0), range(4)] > 0).all()


def test_isolated_nodes_lie_at_0_and_embeddings_repeat():
    graph = Graph([[0, 1, 2], [1, 2, 0]], n_nodes=5)
    embedding = matrix_factorisation(graph, 3, window=2)
    np.testing.assert_allclose(embedding[3:], 0.0, atol=1e-12)
    assert np.array_equal(embedding, matrix_factorisation(graph, 3, window=2))


@pytest.mark.parametrize(
    ("directed", "options", "sentence"),
    [
        (True, {}, "needs an undirected graph"),
        (False, {"n_components": 35}, "n_components=35 is not allowed"),
        (False, {"n_components": 0}, "gives 1 to 34 coordinates"),
        (False, {"window": 0}, "window=0 is not allowed"),
        (False, {"n_negative": 0.0}, "n_negative=0.0 is not allowed"),
    ],
)
def test_wrong_factorisations_are_refused_in_a_sentence(directed, options, sentence):
    graph = Graph(np.array(KARATE.edges).T, directed=directed)
    with pytest.raises(ValueError, match=sentence):
        matrix_factorisation(graph, **{"n_components": 2, **options})
