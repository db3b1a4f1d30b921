import networkx as nx
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.metrics import adjusted_rand_score
from sklearn.utils.estimator_checks import (
    check_estimator_cloneable,
    check_estimator_repr,
    check_get_params_invariance,
    check_no_attributes_set_in_init,
    check_parameters_default_constructible,
    check_set_params,
)

from deepstat import Graph, GraphClusterer
from deepstat.estimators.graphs.graph_clusterer import METHODS
from deepstat.graph.communities import spectral_communities

NETWORKS = ("min_cut", "modularity")
FAST = {
    "spectral": {"n_init": 3},
    "embedding": {"embedder_params": {"n_walks": 5, "length": 20}, "n_init": 3},
    "min_cut": {"max_epochs": 200, "n_init": 3},
    "modularity": {"max_epochs": 300, "learning_rate": 0.005, "n_init": 3},
}


def clusterer(graph, method, n_clusters, **kwargs):
    settings = {"method_params": FAST[method], "structural_features": "identity", "random_state": 0, **kwargs}
    return GraphClusterer(graph=graph, method=method, n_clusters=n_clusters, **settings)


@pytest.mark.parametrize("method", METHODS)
def test_planted_blocks_are_found(blocks, method):
    graph, block = blocks
    model = clusterer(graph, method, 3).fit()
    assert adjusted_rand_score(block, model.labels_) > 0.85
    assert model.n_clusters_ == 3
    assert model.labels_[0] == 0


@pytest.mark.parametrize("method", METHODS)
def test_the_sides_of_the_karate_club_are_found(club, method):
    graph, sides = club
    params = {**FAST[method], **({"embedder_params": None} if method == "embedding" else {})}
    model = clusterer(graph, method, 2, method_params=params).fit()
    assert adjusted_rand_score(sides, model.labels_) > 0.5
    network = nx.Graph(list(map(tuple, graph.edges.T.tolist())))
    parts = [np.flatnonzero(model.labels_ == own) for own in range(2)]
    assert model.modularity_ == pytest.approx(nx.community.modularity(network, parts))
    assert model.modularity_ > 0.3


@pytest.mark.parametrize("method", METHODS)
def test_rows_are_those_of_the_nodes_named(club, method):
    graph, _ = club
    model = clusterer(graph, method, 2, method_params={"max_epochs": 5} if method in NETWORKS else None)
    whole = model.fit_predict()
    np.testing.assert_array_equal(whole, model.labels_)
    np.testing.assert_array_equal(model.predict([33, 0, 33]), whole[[33, 0, 33]])
    np.testing.assert_array_equal(clone(model).fit_predict([[5], [6]]), whole[[5, 6]])


def test_the_spectral_method_is_its_function(club):
    graph, _ = club
    labels = [spectral_communities(graph, 4, random_state=seed) for seed in range(5)]
    found = clusterer(graph, "spectral", 4, method_params=None).fit_predict()
    assert max(adjusted_rand_score(found, own) for own in labels) == 1.0


def test_the_embedding_and_its_options_are_the_users(blocks):
    graph, _ = blocks
    for params in (
        {"embedder": "adjacency"},
        {"embedder": "node2vec", "n_components": 1},
        {"embedder": "node2vec", "embedder_params": {"n_walks": 1, "length": 2, "max_epochs": 1}},
    ):
        other = clusterer(graph, "embedding", 6, method_params=params).fit_predict()
        plain = clusterer(graph, "embedding", 6, method_params={"embedder": "laplacian"}).fit_predict()
        assert adjusted_rand_score(plain, other) < 1.0


def test_networks_of_features_alone_need_them(club, blocks):
    for method in NETWORKS:
        with pytest.raises(ValueError, match="no node features"):
            clusterer(club[0], method, 2, structural_features=None).fit()
    graph, block = blocks
    found = clusterer(graph, "modularity", 3, structural_features=None).fit_predict()
    assert 0.2 < adjusted_rand_score(block, found) < 1.0


def test_clusters_may_stay_empty_under_modularity():
    graph = Graph([[0, 0, 1, 2, 3, 3, 4], [1, 2, 2, 3, 4, 5, 5]])
    model = clusterer(graph, "modularity", 6).fit()
    assert model.n_clusters_ == model.labels_.max() + 1 <= 6


def test_names_of_nodes_are_taken(club):
    graph, _ = club
    names = np.array([f"member {i}" for i in range(34)])
    named = Graph(names[graph.edges], node_names=names)
    labels = clusterer(graph, "spectral", 2).fit_predict()
    np.testing.assert_array_equal(
        clusterer(named, "spectral", 2).fit_predict(names[[4, 33]]), labels[[4, 33]]
    )


@pytest.mark.parametrize("method", METHODS)
def test_a_seed_repeats_a_fit(blocks, method):
    graph, _ = blocks
    brief = {"max_epochs": 5} if method in NETWORKS else None
    first, again = (clusterer(graph, method, 5, method_params=brief).fit_predict() for _ in range(2))
    np.testing.assert_array_equal(first, again)


@pytest.mark.parametrize(
    ("kwargs", "words"),
    [
        ({"graph": None}, "graph=None is no graph"),
        ({"method": "louvain"}, "Unknown method 'louvain'"),
        ({"n_clusters": 35}, "n_clusters=35 is not allowed: give an integer from 1 to 34"),
        ({"method_params": {"starts": 3}}, "Unknown option of 'spectral' 'starts'"),
        ({"method": "min_cut", "method_params": {"collapse": 1.0}}, "Unknown option of 'min_cut' 'collapse'"),
        ({"method": "modularity", "graph": Graph([[0, 1], [1, 2]], directed=True)}, "undirected graph"),
        ({"graph": Graph(np.empty((2, 0), dtype=int), n_nodes=3)}, "Modularity is not defined"),
    ],
)
def test_wrong_parameters_get_a_sentence(club, kwargs, words):
    with pytest.raises(ValueError, match=words):
        GraphClusterer(**{"graph": club[0], "n_clusters": 2, **kwargs}).fit()


def test_nodes_that_are_not_there_get_a_sentence(club):
    with pytest.raises(ValueError, match="34"):
        clusterer(club[0], "spectral", 2).fit([34])


@pytest.mark.parametrize(
    "check",
    [
        check_estimator_cloneable,
        check_estimator_repr,
        check_get_params_invariance,
        check_no_attributes_set_in_init,
        check_set_params,
    ],
)
def test_the_checks_that_need_no_table_pass(club, check):
    check("GraphClusterer", GraphClusterer(graph=club[0]))
    check_parameters_default_constructible("GraphClusterer", GraphClusterer())
