"""Plots of graphs: what is drawn is what the graph, the network and other libraries say."""

import sys

import matplotlib.pyplot as plt
import networkx as nx
import numpy as np
import pytest
from scipy.spatial.distance import pdist
from sklearn.decomposition import PCA
from sklearn.linear_model import LinearRegression

from deepstat import Graph, LinkPredictor, NodeClassifier, NodeEmbedder
from deepstat.diagnostics import (
    AttentionDisplay,
    EmbeddingDisplay,
    GraphDisplay,
    attention_coefficients,
    hidden_states,
)
from deepstat.diagnostics.node_positions import node_positions
from deepstat.diagnostics.spring_layout import spring_layout
from deepstat.graph.from_networkx import from_networkx
from deepstat.layers.graph.gatv2 import GATv2

CLUB = nx.karate_club_graph()
GRAPH = Graph(np.array(CLUB.edges).T)
SIDES = np.array([CLUB.nodes[i]["club"] for i in CLUB])
LABELLED = [0, 1, 32, 33]


def fitted(**settings):
    options = {"graph": GRAPH, "structural_features": "identity", "max_epochs": 5, "random_state": 0}
    return NodeClassifier(**options | settings).fit(LABELLED, SIDES[LABELLED])


# Layouts


@pytest.mark.parametrize("given", [nx.karate_club_graph(), nx.path_graph(12), nx.balanced_tree(2, 3)])
def test_springs_are_as_relaxed_as_those_of_networkx(given):
    """The energy is that of Kamada and Kawai, up to scale, which networkx lowers by another optimiser."""
    steps = np.array(
        [length for i, row in nx.shortest_path_length(given) for j, length in row.items() if i < j]
    )
    pairs = np.array([(i, j) for i, row in nx.shortest_path_length(given) for j in row if i < j])

    def energy(place):
        length = np.linalg.norm(place[pairs[:, 0]] - place[pairs[:, 1]], axis=1)
        scale = (length / steps).sum() / (length**2 / steps**2).sum()
        return (((scale * length - steps) / steps) ** 2).sum()

    theirs = np.array(list(nx.kamada_kawai_layout(given, weight=None).values()))
    assert energy(spring_layout(from_networkx(given))) <= 1.03 * energy(theirs)


def test_a_layout_is_the_same_each_time_and_upright():
    place = spring_layout(GRAPH)
    np.testing.assert_array_equal(place, spring_layout(GRAPH))
    assert np.abs(place).max() == pytest.approx(1)
    assert place[:, 0].var() > place[:, 1].var()
    assert np.cov(place.T)[0, 1] == pytest.approx(0, abs=1e-9)


def test_pieces_lone_nodes_and_twins_have_places_of_their_own():
    graph = Graph([[0, 1, 2, 4, 4, 4, 5], [1, 2, 0, 5, 6, 7, 5]], n_nodes=10)
    place = spring_layout(graph)
    assert np.isfinite(place).all()
    assert pdist(place).min() > 0.02


@pytest.mark.parametrize("n", [0, 1, 2])
def test_tiny_graphs_are_drawn(n):
    graph = Graph(np.empty((2, 0), dtype=int), n_nodes=n)
    assert GraphDisplay.from_graph(graph, labels=True).positions.shape == (n, 2)


def test_the_spectral_layout_is_that_of_the_laplacian():
    place = node_positions(GRAPH, layout="spectral")
    matrix = nx.normalized_laplacian_matrix(CLUB, weight=None).toarray()
    values = np.linalg.eigvalsh(matrix)[1:3]
    np.testing.assert_allclose(matrix @ place, place * values, atol=1e-8)


# Graphs


def test_a_graph_is_drawn_with_its_edges_weights_and_classes():
    weight = np.arange(1.0, 79.0)
    graph = Graph(GRAPH.edges, edge_weight=weight)
    _, ax = plt.subplots()
    display = GraphDisplay.from_graph(graph, color=SIDES, name="club", ax=ax)
    assert display.ax_ is ax
    assert display.figure_ is ax.figure
    lines = ax.collections[0]
    np.testing.assert_allclose(np.array(lines.get_segments()), display.positions[GRAPH.edges.T])
    assert (np.diff(lines.get_linewidths()) > 0).all()
    legend = ax.get_legend()
    assert [text.get_text() for text in legend.get_texts()] == ["Mr. Hi", "Officer"]
    assert legend.get_title().get_text() == "club"
    drawn = [points for points in ax.collections[1:] if len(points.get_offsets())]
    assert [len(points.get_offsets()) for points in drawn] == [17, 17]


def test_numbers_get_a_bar_and_unknown_ones_are_grey():
    values = np.arange(34.0)
    values[3] = np.nan
    display = GraphDisplay.from_graph(
        GRAPH, color=values, name="age", edge_color=np.arange(78), edge_name="e"
    )
    assert [ax.get_ylabel() for ax in display.figure_.axes[1:]] == ["e", "age"]
    sizes = [len(points.get_offsets()) for points in display.ax_.collections[1:]]
    assert sizes == [1, 33]
    some = GraphDisplay.from_graph(GRAPH, color=["a"] + [None] * 33)
    assert [text.get_text() for text in some.ax_.get_legend().get_texts()] == ["a"]


def test_heads_of_directed_edges_point_along_them():
    graph = Graph([[0, 1, 2], [1, 2, 2]], directed=True)
    display = GraphDisplay.from_graph(graph, positions=[[0, 0], [2, 0], [2, 3]])
    heads = [path.vertices[:3] for path in display.ax_.collections[1].get_paths()]
    for head, along in zip(heads, np.array([[1, 0], [0, 1]]), strict=True):
        assert (head[0] - head[1:3].mean(axis=0)) @ along == pytest.approx(
            np.linalg.norm(head[0] - head[1:3].mean(0))
        )
    assert len(display.ax_.collections[2].get_offsets()) == 1  # the ring of the self-loop


def test_labels_are_names():
    graph = Graph([["ann"], ["bob"]], node_names=["ann", "bob"])
    display = GraphDisplay.from_graph(graph, labels=True)
    assert [text.get_text() for text in display.ax_.texts] == ["ann", "bob"]
    assert display.plot() is display


# Embeddings


def test_the_plane_is_that_of_principal_components():
    values = np.random.default_rng(0).normal(size=(30, 5)) * [1, 2, 3, 4, 5]
    display = EmbeddingDisplay.from_embedding(values, np.arange(30) % 3)
    reference = PCA(2).fit(values)
    found = reference.transform(values)
    np.testing.assert_allclose(np.abs(display.coordinates), np.abs(found), atol=1e-9)
    np.testing.assert_allclose(display.shares, reference.explained_variance_ratio_)
    assert f"{display.shares[1]:.0%} of the variance" in display.ax_.get_ylabel()


@pytest.mark.parametrize("params", [{}, {"jumping": "concat", "hidden_layer_sizes": (8, 8)}])
def test_outputs_are_an_affine_or_propagated_map_of_the_hidden_states(params):
    model = fitted(architecture_params=params, feature_scaling="none")
    states = hidden_states(model, np.arange(34))
    scores = model.decision_function(np.arange(34))
    if not params:  # the last operator of a GCN propagates the states before it maps them
        A = nx.to_numpy_array(CLUB, weight=None) + np.eye(34)
        root = 1 / np.sqrt(A.sum(axis=1))
        states = (root[:, None] * A * root) @ states
    assert LinearRegression().fit(states, scores).score(states, scores) > 1 - 1e-6


def test_an_estimator_is_drawn_as_its_hidden_states():
    model = fitted()
    display = EmbeddingDisplay.from_estimator(model, np.arange(34), SIDES, name="club")
    again = EmbeddingDisplay.from_embedding(hidden_states(model, np.arange(34)))
    np.testing.assert_allclose(display.coordinates, again.coordinates)
    links = LinkPredictor(graph=GRAPH, structural_features="identity", max_epochs=2, random_state=0)
    assert hidden_states(links.fit(GRAPH.edges.T), [3, 5]).shape == (2, 16)
    named = Graph([["a", "b"], ["b", "c"]], node_names=["a", "b", "c"], node_features=np.eye(3))
    small = NodeClassifier(graph=named, max_epochs=2, random_state=0).fit(["a", "c"], [0, 1])
    np.testing.assert_array_equal(
        hidden_states(small, ["c", "a"]), hidden_states(small, ["a", "b", "c"])[[2, 0]]
    )


def test_a_transformer_is_drawn_as_what_it_returns():
    class Table:
        def transform(self, X):
            return np.outer(X, [1.0, 2.0]) + np.eye(len(X), 2)

    display = EmbeddingDisplay.from_estimator(Table(), np.arange(4))
    np.testing.assert_allclose(
        display.coordinates, EmbeddingDisplay.from_embedding(Table().transform(np.arange(4))).coordinates
    )


def test_an_embedder_is_drawn_as_its_vectors():
    embedder = NodeEmbedder(graph=GRAPH, method="netmf", n_components=4).fit()
    display = EmbeddingDisplay.from_estimator(embedder, np.arange(34), SIDES)
    reference = PCA(2).fit_transform(embedder.embedding_)
    np.testing.assert_allclose(np.abs(display.coordinates), np.abs(reference), atol=1e-6)


def test_a_network_without_hidden_layer_has_no_embedding():
    with pytest.raises(TypeError, match="no hidden layer"):
        hidden_states(fitted(architecture_params={"hidden_layer_sizes": ()}), [0])
    with pytest.raises(TypeError, match="LinearRegression has no network of one graph"):
        EmbeddingDisplay.from_estimator(LinearRegression(), [0])


# Attention


def gatv2_recipe(inputs, n_outputs):
    return GATv2(inputs.n_features, n_outputs, heads=2, concat=False)


def test_coefficients_are_those_of_the_formula():
    model = fitted(architecture="gat", architecture_params={"hidden_layer_sizes": (8,), "heads": 2})
    found = attention_coefficients(model)
    operator = model.network_.network.operators[0]
    weight = operator.linear.weight.detach().double().numpy()
    vectors = operator.vectors.detach().double().numpy()
    inputs = model.schema_.scalings[0](np.eye(34))
    hidden = (inputs @ weight.T).reshape(34, 2, 4)
    for i in (0, 9, 33):
        arcs = found.target == i
        neighbours = found.source[arcs]
        assert sorted(neighbours) == sorted([*CLUB.neighbors(i), i])
        for head in range(2):
            score = hidden[neighbours, head] @ vectors[head, 0] + hidden[i, head] @ vectors[head, 1]
            score = np.where(score > 0, score, 0.2 * score)
            share = np.exp(score) / np.exp(score).sum()
            np.testing.assert_allclose(found.coefficients[arcs, head], share, atol=1e-5)


def test_a_module_of_another_recipe_with_attention_is_found():
    model = fitted(architecture=gatv2_recipe)
    found = attention_coefficients(model)
    assert found.coefficients.shape == (2 * 78 + 34, 2)
    sums = np.zeros((34, 2))
    np.add.at(sums, found.target, found.coefficients)
    np.testing.assert_allclose(sums, 1, atol=1e-5)


def test_the_half_edge_next_to_a_node_is_its_own_attention():
    model = fitted(architecture="gat")
    display = AttentionDisplay.from_estimator(model, head=1, layer=0)
    found = attention_coefficients(model)
    between = found.source != found.target
    lines = display.ax_.collections[0]
    np.testing.assert_allclose(lines.get_array(), found.coefficients[between, 1])
    starts = np.array([segment[0] for segment in lines.get_segments()])
    np.testing.assert_allclose(starts, display.positions[found.target[between]])
    relative = AttentionDisplay.from_estimator(model, relative=True)
    degree = np.array([CLUB.degree(i) + 1 for i in range(34)])
    np.testing.assert_allclose(
        relative.values, found.coefficients.mean(axis=1) * degree[found.target], rtol=1e-6
    )


def test_around_a_node_all_it_attends_to_is_drawn_once():
    model = fitted(architecture="gat")
    display = AttentionDisplay.from_estimator(model, node=9)
    assert sorted(display.labels) == sorted([9, *CLUB.neighbors(9)])
    assert display.values.sum() == pytest.approx(1, abs=1e-5)
    other = AttentionDisplay.from_estimator(model, node=0, graph=Graph([[0, 0], [1, 1]], n_nodes=34))
    assert other.labels == [0, 1]  # parallel edges lead to one place
    assert len(other.values) == 3


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: GraphDisplay.from_graph(GRAPH, color=["a"]), ValueError, r"color has shape \(1,\)"),
        (lambda: GraphDisplay.from_graph(GRAPH, color=np.arange(34)), ValueError, "34 classes and 10 can"),
        (lambda: GraphDisplay.from_graph(GRAPH, edge_color=[1.0]), ValueError, "each of the 78 edges"),
        (lambda: GraphDisplay.from_graph(GRAPH, positions=[[0, 0]]), ValueError, "each of the 34 nodes"),
        (lambda: GraphDisplay.from_graph(GRAPH, layout="round"), ValueError, "spectral"),
        (
            lambda: GraphDisplay.from_graph(Graph([[0], [1]], n_nodes=3000)),
            ValueError,
            "up to 2000 nodes",
        ),
        (lambda: EmbeddingDisplay.from_embedding(np.ones((4, 1))), ValueError, "at least two rows"),
        (lambda: AttentionDisplay.from_estimator(fitted()), TypeError, "fit it with architecture='gat'"),
        (lambda: AttentionDisplay.from_estimator(fitted(architecture="gat"), layer=2), ValueError, "layer=2"),
        (lambda: AttentionDisplay.from_estimator(fitted(architecture="gat"), head=8), ValueError, "head=8"),
        (lambda: AttentionDisplay.from_estimator(fitted(architecture="gat"), 99), ValueError, "99"),
        (lambda: attention_coefficients(fitted(), member=1), ValueError, "member=1"),
    ],
)
def test_bad_input_is_told_in_one_sentence(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_plots_without_matplotlib_say_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(ImportError, match="pip install matplotlib"):
        GraphDisplay.from_graph(GRAPH)
