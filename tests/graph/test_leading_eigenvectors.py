"""Eigenvectors of large matrices are those that LAPACK finds, however often an eigenvalue occurs."""

import networkx as nx
import numpy as np
import pytest
from scipy import sparse

from deepstat.graph.leading_eigenvectors import leading_eigenvectors

PIECES = [nx.gnp_random_graph(40 + 5 * i, 0.15, seed=i) for i in range(4)]
GRAPHS = {
    "random": nx.gnp_random_graph(90, 0.1, seed=0),
    "pieces": nx.disjoint_union_all(PIECES),
    "the same piece": nx.disjoint_union_all([PIECES[0]] * 4),
    "many pieces": nx.random_geometric_graph(150, 0.05, seed=1),
    "no edges": nx.empty_graph(50),
}


def matrix_of(name, kind):
    if kind == "adjacency":
        return nx.to_numpy_array(GRAPHS[name])
    return nx.normalized_laplacian_matrix(GRAPHS[name], weight=None).toarray()


@pytest.mark.parametrize("name", GRAPHS)
@pytest.mark.parametrize("order", ["largest", "smallest", "magnitude"])
@pytest.mark.parametrize("kind", ["adjacency", "laplacian"])
@pytest.mark.parametrize("dense", [0, 800])
def test_eigenvalues_are_those_of_lapack_in_order_and_as_often(name, order, kind, dense, monkeypatch):
    monkeypatch.setattr("deepstat.graph.leading_eigenvectors.DENSE", dense)
    matrix = matrix_of(name, kind)
    values, vectors = leading_eigenvectors(sparse.csr_array(matrix), 6, order)
    key = {"largest": lambda v: -v, "smallest": lambda v: v, "magnitude": lambda v: -np.abs(v)}[order]
    expected = sorted(np.linalg.eigvalsh(matrix), key=key)[:6]
    np.testing.assert_allclose(key(values), key(np.array(expected)), atol=1e-9)
    np.testing.assert_allclose(matrix @ vectors, vectors * values, atol=1e-8)
    np.testing.assert_allclose(vectors.T @ vectors, np.eye(6), atol=1e-9)
    again = leading_eigenvectors(sparse.csr_array(matrix), 6, order)
    assert all(np.array_equal(*pair) for pair in zip(again, (values, vectors), strict=True))


@pytest.mark.parametrize("name", ["random", "pieces", "many pieces"])
@pytest.mark.parametrize("dense", [0, 800])
def test_the_last_vector_is_in_none_of_those_found(name, dense, monkeypatch):
    monkeypatch.setattr("deepstat.graph.leading_eigenvectors.DENSE", dense)
    root = np.sqrt(nx.to_numpy_array(GRAPHS[name]).sum(axis=0))
    last = root / np.linalg.norm(root)
    matrix = np.diag((root > 0).astype(float)) - matrix_of(name, "laplacian")
    values, vectors = leading_eigenvectors(sparse.csr_array(matrix), 5, last=last)
    np.testing.assert_allclose(values, np.sort(np.linalg.eigvalsh(matrix))[-2:-7:-1], atol=1e-9)
    np.testing.assert_allclose(matrix @ vectors, vectors * values, atol=1e-8)
    np.testing.assert_allclose(last @ vectors, 0.0, atol=1e-9)
