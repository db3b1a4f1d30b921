import pickle

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, StratifiedKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import (
    check_estimator_cloneable,
    check_estimator_repr,
    check_estimator_tags_renamed,
    check_get_params_invariance,
    check_no_attributes_set_in_init,
    check_parameters_default_constructible,
    check_set_params,
    check_valid_tag_types,
)

from deepstat import Graph, NodeEmbedder
from deepstat.embedding.methods import METHODS
from deepstat.estimators.graphs import node_embedder
from deepstat.graph.embeddings import matrix_factorisation, spectral_embedding

WALKS = {"n_walks": 5, "length": 20, "window": 5}
FAST = {
    "node2vec": WALKS,
    "deepwalk": WALKS,
    "netmf": {"window": 5},
    "graph_autoencoder": {"max_epochs": 60},
    "variational_graph_autoencoder": {"max_epochs": 60},
    "infomax": {"max_epochs": 60},
}
BRIEF = {"max_epochs": 2}
NETWORKS = [name for name, method in METHODS.items() if method.reads_features]
OTHERS = [name for name in METHODS if name not in NETWORKS]


def embedder(graph, method, **kwargs):
    settings = {"n_components": 8, "method_params": FAST.get(method), "random_state": 0, **kwargs}
    return NodeEmbedder(graph=graph, method=method, **settings)


@pytest.mark.parametrize("method", METHODS)
def test_a_linear_probe_on_the_vectors_beats_the_features_alone(blocks, method):
    graph, block = blocks
    nodes = np.arange(0, 90, 3)
    model = make_pipeline(embedder(graph, method), StandardScaler(), LogisticRegression())
    without = LogisticRegression().fit(graph.node_features[nodes], block[nodes])
    score = model.fit(nodes, block[nodes]).score(np.arange(90), block)
    assert score > without.score(graph.node_features, block) + 0.1


@pytest.mark.parametrize("method", METHODS)
def test_rows_are_those_of_the_nodes_named_and_the_others_change_nothing(blocks, method):
    graph, _ = blocks
    model = embedder(graph, method).fit([3])
    assert model.embedding_.shape == (90, 8)
    assert model.n_features_in_ == 1
    assert len(model.get_feature_names_out()) == 8
    np.testing.assert_array_equal(model.transform([5, 2, 5]), model.embedding_[[5, 2, 5]])
    np.testing.assert_array_equal(embedder(graph, method).fit_transform(None), model.embedding_)
    np.testing.assert_array_equal(embedder(graph, method).fit_transform([[7], [1]]), model.embedding_[[7, 1]])
    assert np.isfinite(model.embedding_).all()


def test_factorisations_are_those_of_their_functions(blocks):
    graph, _ = blocks
    found = {name: embedder(graph, name).fit_transform(None) for name in ("netmf", "laplacian", "adjacency")}
    np.testing.assert_array_equal(found["netmf"], matrix_factorisation(graph, 8, window=5))
    for kind in ("laplacian", "adjacency"):
        np.testing.assert_array_equal(found[kind], spectral_embedding(graph, 8, kind=kind))


@pytest.mark.parametrize("method", NETWORKS)
def test_networks_read_another_graph(blocks, method):
    graph, _ = blocks
    model = embedder(graph, method).fit()
    order = np.random.default_rng(0).permutation(90)
    moved = graph.subgraph(order)
    np.testing.assert_allclose(
        model.transform(np.arange(90), graph=moved), model.transform(order), rtol=1e-3, atol=1e-5
    )
    fewer = Graph(graph.edges, node_features=graph.node_features[:, :2], n_nodes=90)
    with pytest.raises(ValueError, match="2 node features"):
        model.transform([0], graph=fewer)


@pytest.mark.parametrize("method", OTHERS)
def test_methods_of_links_alone_refuse_another_graph(blocks, method):
    graph, _ = blocks
    model = embedder(graph, method).fit()
    with pytest.raises(ValueError, match=f"method='{method}' knows the nodes of its own graph alone"):
        model.transform([0], graph=graph.subgraph(np.arange(50)))
    np.testing.assert_array_equal(model.transform([4], graph=graph), model.embedding_[[4]])


def test_names_of_nodes_are_taken(club):
    graph, _ = club
    names = np.array([f"member {i}" for i in range(34)])
    named = Graph(names[graph.edges], node_names=names)
    vectors = embedder(graph, "netmf").fit_transform([3, 33])
    np.testing.assert_array_equal(embedder(named, "netmf").fit_transform(names[[3, 33]]), vectors)
    assert embedder(named, "netmf").fit_transform(None).shape == (34, 8)
    frame = pd.DataFrame({"node": names[[3, 33]]}, index=["a", "b"])
    framed = embedder(named, "netmf").set_output(transform="pandas").fit_transform(frame)
    np.testing.assert_array_equal(framed, vectors)
    assert list(framed.columns[:2]) == ["nodeembedder0", "nodeembedder1"]
    assert list(framed.index) == ["a", "b"]


def test_pipelines_search_the_options_of_a_method(club):
    graph, sides = club
    pipeline = make_pipeline(embedder(graph, "netmf"), LogisticRegression())
    grid = {"nodeembedder__n_components": [1, 4], "nodeembedder__method_params__window": [2, 5]}
    search = GridSearchCV(pipeline, grid, cv=3).fit(np.arange(34), sides)
    assert search.best_params_["nodeembedder__n_components"] == 4
    assert search.best_score_ > 0.8


def test_the_folds_of_a_cross_validation_share_one_embedding(blocks, monkeypatch):
    graph, block = blocks
    own = graph.with_features(graph.node_features)
    calls = []
    embed = NodeEmbedder._embed
    monkeypatch.setattr(NodeEmbedder, "_embed", lambda self, graph: calls.append(1) or embed(self, graph))
    pipeline = make_pipeline(embedder(own, "node2vec"), LogisticRegression())
    cv = StratifiedKFold(3, shuffle=True, random_state=0)
    assert cross_val_score(pipeline, np.arange(90), block, cv=cv).mean() > 0.8
    assert len(calls) == 1
    cross_val_score(pipeline.set_params(nodeembedder__random_state=None), np.arange(90), block, cv=cv)
    assert len(calls) == 4


def test_only_so_many_embeddings_of_a_graph_are_kept(club):
    graph = club[0].with_features(np.ones((34, 1)))
    for n_components in range(1, 8):
        embedder(graph, "adjacency", n_components=n_components).fit()
    assert len(node_embedder._KEPT[graph]) == node_embedder.N_KEPT


def test_seeds_repeat_a_fit_and_others_do_not(blocks):
    graph, _ = blocks
    copy = graph.with_features(graph.node_features)  # of which nothing is kept
    for method in ("node2vec", *NETWORKS):
        found = [
            embedder(own, method, random_state=seed, method_params=BRIEF).fit_transform(None)
            for own, seed in ((graph, 0), (copy, 0), (graph, 1))
        ]
        np.testing.assert_array_equal(found[0], found[1])
        assert not np.allclose(found[0], found[2])


def test_scaling_and_structural_features_change_networks(blocks):
    graph, _ = blocks
    plain = embedder(graph, "graph_autoencoder").fit_transform(None)
    for option in ({"feature_scaling": "none"}, {"structural_features": "identity"}):
        assert not np.allclose(plain, embedder(graph, "graph_autoencoder", **option).fit_transform(None))


def test_sparse_features_are_scaled_as_in_the_papers(blocks):
    graph, _ = blocks
    own = graph.with_features(sparse.csr_array(np.abs(graph.node_features)))
    for method, same in (("graph_autoencoder", "none"), ("infomax", "row")):
        found = {
            name: embedder(own, method, feature_scaling=name, method_params=BRIEF).fit_transform(None)
            for name in ("auto", "none", "row")
        }
        np.testing.assert_array_equal(found["auto"], found[same])
        assert not np.allclose(found["none"], found["row"])


def test_without_a_number_there_are_as_many_coordinates_as_the_paper_or_the_graph_has(club):
    graph, _ = club
    widths = {
        name: embedder(graph, name, n_components=None).fit().embedding_.shape[1]
        for name in ("netmf", "laplacian")
    }
    assert widths == {"netmf": 34, "laplacian": 16}
    assert embedder(graph, "node2vec", n_components=None, method_params=BRIEF).fit_transform([0]).shape == (
        1,
        128,
    )


def test_pickles_and_clones_embed_alike(blocks):
    graph, _ = blocks
    model = embedder(graph, "infomax").fit()
    kept = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(kept.transform([1, 2]), model.transform([1, 2]))
    other = graph.subgraph(np.arange(40))
    np.testing.assert_array_equal(kept.transform([1], graph=other), model.transform([1], graph=other))
    assert not hasattr(clone(model), "embedding_")


@pytest.mark.parametrize(
    ("kwargs", "words"),
    [
        ({"graph": None}, "graph=None is no graph"),
        ({"method": "node3vec"}, "Unknown method 'node3vec'.*Did you mean 'node2vec'"),
        ({"method": "netmf", "n_components": 40}, "n_components=40 is not allowed"),
        ({"method": "netmf", "method_params": {"windows": 3}}, "Unknown option of 'netmf' 'windows'"),
        ({"method": "infomax"}, "no node features"),
        ({"n_components": 0}, "n_components"),
    ],
)
def test_wrong_parameters_get_a_sentence(club, kwargs, words):
    with pytest.raises(ValueError, match=words):
        NodeEmbedder(**{"graph": club[0], **kwargs}).fit([0])


@pytest.mark.parametrize(
    ("X", "words"),
    [([40], "40"), ([[0, 1]], "one node for each row"), (np.empty((0, 1), dtype=int), "no row")],
)
def test_wrong_nodes_get_a_sentence_and_a_failed_fit_keeps_the_old(club, X, words):
    model = embedder(club[0], "netmf").fit()
    before = model.embedding_
    for ask in (model.fit, model.transform):
        with pytest.raises(ValueError, match=words):
            ask(X)
    assert model.embedding_ is before


@pytest.mark.parametrize(
    "check",
    [
        check_estimator_cloneable,
        check_estimator_repr,
        check_estimator_tags_renamed,
        check_get_params_invariance,
        check_no_attributes_set_in_init,
        check_set_params,
        check_valid_tag_types,
    ],
)
def test_the_checks_that_need_no_table_pass(club, check):
    check("NodeEmbedder", NodeEmbedder(graph=club[0]))
    check_parameters_default_constructible("NodeEmbedder", NodeEmbedder())
