"""Embeddings and communities of nodes come back to the bit, without the graph they were learned from."""

import os

import numpy as np
import pytest
import torch
from safetensors import safe_open
from saved_models import parts, write
from sklearn.exceptions import NotFittedError

import deepstat
from deepstat import Graph, GraphClusterer, NodeEmbedder
from deepstat.embedding.methods import METHODS
from deepstat.errors import FileError

FAST = {name: {"max_epochs": 3} for name, method in METHODS.items() if method.reads_features}
FAST |= {"node2vec": {"n_walks": 1, "length": 5}, "deepwalk": {"n_walks": 1, "length": 5}}
NODES = np.arange(90)


def embedder(graph, method="netmf", **settings):
    given = {"n_components": 4, "method_params": FAST.get(method), "random_state": 0, **settings}
    return NodeEmbedder(graph=graph, method=method, **given).fit()


@pytest.fixture(scope="module")
def named(blocks):
    graph, _ = blocks
    names = np.array([f"node {i}" for i in range(90)])
    return Graph(
        names[graph.edges],
        node_names=names,
        node_features=graph.node_features * 1.25,
        edge_weight=np.full(311, 7.5),
    )


@pytest.fixture
def cluster_file(blocks, tmp_path):
    deepstat.save(GraphClusterer(graph=blocks[0], n_clusters=3, random_state=0).fit(), tmp_path / "clusters")
    return tmp_path / "clusters"


def through_a_file(model, folder):
    deepstat.save(model, folder / "model")
    return deepstat.load(folder / "model")


@pytest.mark.parametrize("method", METHODS)
def test_embeddings_come_back_to_the_bit(blocks, method, tmp_path):
    graph, _ = blocks
    model = embedder(graph, method)
    twin = through_a_file(model, tmp_path)
    np.testing.assert_array_equal(twin.transform(NODES[::-1]), model.transform(NODES[::-1]))
    assert twin.embedding_.dtype == model.embedding_.dtype
    assert not twin.embedding_.flags.writeable
    assert twin.get_params() == {**model.get_params(), "graph": None}
    np.testing.assert_array_equal(twin.get_feature_names_out(), model.get_feature_names_out())
    assert (twin.graph_.n_nodes, twin.graph_.edges.shape, twin.graph_.node_features) == (90, (2, 0), None)
    again = through_a_file(twin, tmp_path)
    np.testing.assert_array_equal(again.transform(NODES), model.transform(NODES))


@pytest.mark.parametrize("method", [name for name, own in METHODS.items() if own.reads_features])
def test_loaded_networks_read_another_graph(blocks, method, tmp_path):
    graph, _ = blocks
    options = {"hidden_layer_sizes": [6, 5], "dropout": 0.1} if "autoencoder" in method else {}
    model = embedder(
        graph, method, method_params={**FAST[method], **options}, structural_features=("degree",)
    )
    twin = through_a_file(model, tmp_path)
    order = np.random.default_rng(0).permutation(90)
    other = graph.subgraph(order[:50])
    np.testing.assert_array_equal(twin.transform([3, 4], graph=other), model.transform([3, 4], graph=other))
    assert not twin.encoder_.training


def test_methods_of_one_graph_still_say_so(blocks, tmp_path):
    twin = through_a_file(embedder(blocks[0]), tmp_path)
    with pytest.raises(ValueError, match="method='netmf' knows the nodes of its own graph alone"):
        twin.transform([0], graph=blocks[0])
    with pytest.raises(ValueError, match="graph=None is no graph"):
        twin.fit()


@pytest.mark.parametrize("method", ["spectral", "min_cut"])
def test_clusters_come_back(blocks, method, tmp_path):
    params = {"max_epochs": 3} if method == "min_cut" else {"n_init": 2}
    model = GraphClusterer(
        graph=blocks[0], n_clusters=3, method=method, method_params=params, random_state=0
    ).fit()
    twin = through_a_file(model, tmp_path)
    np.testing.assert_array_equal(twin.predict(NODES), model.predict(NODES))
    assert (twin.modularity_, twin.n_clusters_) == (model.modularity_, model.n_clusters_)
    assert (twin.labels_.dtype, twin.graph) == (np.int64, None)


@pytest.mark.parametrize("kind", ["text", "objects", "numbers"])
def test_names_of_nodes_are_kept(kind, tmp_path):
    names = {
        "text": ["ann", "bob", "cy"],
        "objects": np.array(["ann", 3, "cy"], dtype=object),
        "numbers": [10, 30, 20],
    }[kind]
    graph = Graph([[names[0], names[1]], [names[1], names[2]]], node_names=names)
    model = NodeEmbedder(graph=graph, method="netmf", n_components=2).fit()
    twin = through_a_file(model, tmp_path)
    assert twin.graph_.node_names.dtype == graph.node_names.dtype
    np.testing.assert_array_equal(twin.transform(graph.node_names[::-1]), model.embedding_[::-1])
    with pytest.raises(ValueError, match="zoe"):
        twin.transform(np.array(["zoe"], dtype=object))


def test_neither_links_nor_features_are_in_the_file(named, tmp_path):
    deepstat.save(embedder(named, "infomax"), tmp_path / "model")
    data = (tmp_path / "model").read_bytes()
    for column in (named.node_features[:, 0], named.node_features[5]):
        for dtype in (np.float32, np.float64):
            assert column.astype(dtype).tobytes() not in data
    assert repr(float(named.node_features[0, 0])).encode() not in data
    with safe_open(str(tmp_path / "model"), framework="pt") as file:
        sizes = {name: file.get_tensor(name).numel() for name in file.keys()}  # noqa: SIM118
    assert sizes == {
        "embedding": 360,
        "encoder/bias": 4,
        "encoder/linear.weight": 16,
        "encoder/activation.weight": 1,
    }


def test_settings_changed_after_the_fit_do_not_change_the_model(blocks, tmp_path):
    graph, _ = blocks
    model = embedder(graph, "graph_autoencoder")
    model.set_params(method="infomax", method_params={"patience": 3})
    twin = through_a_file(model, tmp_path)
    assert twin.method == "infomax"
    np.testing.assert_array_equal(twin.transform([2], graph=graph), model.transform([2]))


def test_what_cannot_be_saved_is_said_and_leaves_the_old_file(blocks, cluster_file, monkeypatch):
    graph, _ = blocks
    before = cluster_file.read_bytes()
    clusterer = GraphClusterer(graph=graph, n_clusters=2, random_state=0).fit()
    clusterer.method_params = {"n_init": len}
    with pytest.raises(FileError, match=r"method_params=.* cannot be saved|n_init|register it in a plugin"):
        deepstat.save(clusterer, cluster_file)
    tuples = Graph([[("a", 1)], [("b", 2)]], node_names=[("a", 1), ("b", 2)])
    with pytest.raises(
        FileError, match=r"A node named \('a', 1\) cannot be saved: name nodes by text or numbers"
    ):
        deepstat.save(NodeEmbedder(graph=tuples, method="netmf", n_components=1).fit(), cluster_file)
    for unfitted in (NodeEmbedder(graph=graph), GraphClusterer(graph=graph)):
        with pytest.raises(NotFittedError):
            deepstat.save(unfitted, cluster_file)

    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(FileError, match="No space left on device"):
        deepstat.save(embedder(graph), cluster_file)
    assert cluster_file.read_bytes() == before
    assert os.listdir(cluster_file.parent) == ["clusters"]


def test_components_are_not_asked_for(cluster_file):
    with pytest.raises(FileError, match="are not asked for by this file: leave them out"):
        deepstat.load(cluster_file, components={"loss": len})


CHANGES = {
    "a number for params": lambda d, t: d.update(params=3),
    "no names": lambda d, t: d.pop("names"),
    "too many names": lambda d, t: d.update(names={"values": ["a"], "is_object": False}),
    "nodes": lambda d, t: d.update(n_nodes=91),
    "negative nodes": lambda d, t: d.update(n_nodes=-1),
    "another class": lambda d, t: d.update(estimator="DeepRegressor"),
    "no class": lambda d, t: d.update(estimator=["GraphClusterer"]),
    "the other": lambda d, t: d.update(estimator="NodeEmbedder"),
    "a parameter": lambda d, t: d["params"].update(learning_rate=1.0),
    "labels missing": lambda d, t: t.pop("labels"),
    "labels short": lambda d, t: t.update(labels=t["labels"][:5]),
    "labels not counted": lambda d, t: t.update(labels=t["labels"] + 1),
    "labels of floats": lambda d, t: t.update(labels=t["labels"].double()),
}


@pytest.mark.parametrize("name", CHANGES)
def test_clusters_changed_by_hand_are_refused(name, cluster_file):
    document, tensors = parts(cluster_file)
    CHANGES[name](document, tensors)
    write(cluster_file, document, tensors)
    with pytest.raises(FileError):
        deepstat.load(cluster_file)


ENCODERS = {
    "weights missing": lambda d, t: t.pop("encoder/bias"),
    "weights of another shape": lambda d, t: t.update({"encoder/bias": torch.zeros(5)}),
    "weights of another dtype": lambda d, t: t.update({"encoder/bias": t["encoder/bias"].double()}),
    "no coding": lambda d, t: d.update(coding=None),
    "coding of a table": lambda d, t: d["coding"].update(type="Schema"),
    "scaling not finite": lambda d, t: d["coding"]["scalings"][0]["center"].__setitem__(0, float("nan")),
    "a giant": lambda d, t: d["coding"].update(n_features=10**12),
    "another method": lambda d, t: d["fit"].update(method="graph_autoencoder"),
    "a walk": lambda d, t: d["fit"].update(method="node2vec"),
    "vectors of rank one": lambda d, t: t.update(embedding=t["embedding"][:, 0].contiguous()),
}


@pytest.mark.parametrize("name", ENCODERS)
def test_embeddings_changed_by_hand_are_refused(name, named, tmp_path):
    deepstat.save(embedder(named, "infomax"), tmp_path / "model")
    document, tensors = parts(tmp_path / "model")
    ENCODERS[name](document, tensors)
    write(tmp_path / "model", document, tensors)
    with pytest.raises(FileError):
        deepstat.load(tmp_path / "model")
