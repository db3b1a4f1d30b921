import networkx as nx
import numpy as np
import pytest
from sklearn.manifold import spectral_embedding as reference_embedding

from deepstat.graph.embeddings import spectral_embedding
from deepstat.graph.graph import Graph

LES_MISERABLES = nx.convert_node_labels_to_integers(nx.les_miserables_graph())


def les_miserables():
    weight = [w for *_, w in LES_MISERABLES.edges.data("weight")]
    return Graph(np.array(LES_MISERABLES.edges).T, edge_weight=weight)


@pytest.mark.parametrize("dense", [0, 800])
def test_laplacian_eigenmaps_are_those_of_scikit_learn(dense, monkeypatch):
    monkeypatch.setattr("deepstat.graph.leading_eigenvectors.DENSE", dense)
    matrix = nx.to_numpy_array(LES_MISERABLES)
    expected = reference_embedding(matrix, n_components=4, eigen_solver="arpack", random_state=0)
    embedding = spectral_embedding(les_miserables(), 4)
    np.testing.assert_allclose(np.abs(embedding), np.abs(expected), atol=1e-7)
    np.testing.assert_allclose(embedding.T * matrix.sum(axis=0) @ embedding, np.eye(4), atol=1e-8)


def test_coordinates_of_eigenvalue_0_tell_the_components_and_nothing_else():
    graph = Graph([[0, 1, 2, 3, 4, 5, 6, 7], [1, 2, 0, 4, 5, 3, 7, 8]])
    embedding = spectral_embedding(graph, 2)
    component = np.array([0, 0, 0, 1, 1, 1, 2, 2, 2])
    centres = np.array([embedding[component == each].mean(axis=0) for each in range(3)])
    np.testing.assert_allclose(embedding, centres[component], atol=1e-10)
    assert np.linalg.matrix_rank(np.column_stack([np.ones(3), centres]), tol=1e-6) == 3


def test_all_coordinates_of_the_adjacency_matrix_give_it_back():
    graph = Graph([[0, 0, 1, 2, 3, 3], [1, 2, 2, 3, 4, 3]], edge_weight=[1.0, 2.0, 3.0, 1.0, 1.0, 2.0])
    matrix = np.zeros((5, 5))
    matrix[graph.edges[0], graph.edges[1]] = matrix[graph.edges[1], graph.edges[0]] = graph.edge_weight
    values = np.linalg.eigvalsh(matrix)
    signs = np.sign(values[np.argsort(-np.abs(values))])
    embedding = spectral_embedding(graph, 5, kind="adjacency")
    np.testing.assert_allclose(embedding * signs @ embedding.T, matrix, atol=1e-12)


def test_isolated_nodes_lie_at_0():
    graph = Graph([[0, 1], [1, 2]], n_nodes=4)
    for kind in ("laplacian", "adjacency"):
        assert np.abs(spectral_embedding(graph, 1, kind=kind)[3]).max() < 1e-12
    assert not spectral_embedding(Graph(np.zeros((2, 0), dtype=int), n_nodes=3), 2).any()


@pytest.mark.parametrize(
    ("directed", "options", "sentence"),
    [
        (True, {}, "needs an undirected graph"),
        (False, {"kind": "modular"}, "modular"),
        (False, {"n_components": 3}, "gives 1 to 2 coordinates"),
        (False, {"n_components": 1.0}, "n_components=1.0 is not allowed"),
    ],
)
def test_wrong_embeddings_are_refused_in_a_sentence(directed, options, sentence):
    with pytest.raises(ValueError, match=sentence):
        spectral_embedding(Graph([[0, 1], [1, 2]], directed=directed), **options)
