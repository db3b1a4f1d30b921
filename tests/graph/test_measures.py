"""Degrees, density, clustering, components and homophily: networkx and cases solved by hand."""

import math

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from random_graphs import as_networkx, random_graphs

from deepstat.graph import clustering as clustering_file
from deepstat.graph.clustering import clustering
from deepstat.graph.components import components
from deepstat.graph.degree import degree
from deepstat.graph.density import density
from deepstat.graph.graph import Graph
from deepstat.graph.label_homophily import label_homophily

KARATE = nx.karate_club_graph()
KARATE_CLUBS = [KARATE.nodes[node]["club"] for node in KARATE]


def karate():
    return Graph(np.array(KARATE.edges).T)


@settings(max_examples=200, deadline=None)
@given(random_graphs())
def test_degrees_are_networkx_degrees(graph):
    written = as_networkx(graph)
    views = {"total": written.degree, "in": written.degree, "out": written.degree}
    if graph.directed:
        views |= {"in": written.in_degree, "out": written.out_degree}
    for kind, view in views.items():
        assert degree(graph, kind).tolist() == [d for _, d in view()]
        weighted = degree(graph, kind, weighted=True)
        np.testing.assert_allclose(weighted, [d for _, d in view(weight="weight")])
        assert weighted.dtype == np.float64
        assert degree(graph, kind).dtype == np.int64


@settings(max_examples=100, deadline=None)
@given(random_graphs())
def test_density_is_networkx_density(graph):
    assert density(graph) == pytest.approx(nx.density(as_networkx(graph)))


@settings(max_examples=200, deadline=None)
@given(random_graphs())
def test_clustering_is_that_of_the_simple_graph_in_networkx(graph):
    simple = (nx.DiGraph if graph.directed else nx.Graph)(as_networkx(graph))
    simple.remove_edges_from(list(nx.selfloop_edges(simple)))
    local = nx.clustering(simple)
    np.testing.assert_allclose(clustering(graph), [local[node] for node in range(graph.n_nodes)], atol=1e-12)
    if graph.n_nodes:
        assert clustering(graph, "average") == pytest.approx(nx.average_clustering(simple))


def test_clustering_of_the_karate_club_is_the_published_number():
    assert clustering(karate(), "average") == pytest.approx(
        0.5706, abs=5e-5
    )  # Zachary's club, in many textbooks
    assert math.isnan(clustering(Graph([]), "average"))


def test_clustering_in_blocks_is_clustering_at_once(monkeypatch):
    whole = clustering(karate())
    for paths in (1, 50):
        monkeypatch.setattr(clustering_file, "PATHS", paths)
        np.testing.assert_array_equal(clustering(karate()), whole)


@settings(max_examples=200, deadline=None)
@given(random_graphs())
def test_components_are_those_of_networkx_numbered_by_their_first_nodes(graph):
    written = as_networkx(graph)
    kinds = {"weak": nx.connected_components, "strong": nx.connected_components}
    if graph.directed:
        kinds = {"weak": nx.weakly_connected_components, "strong": nx.strongly_connected_components}
    for kind, pieces in kinds.items():
        expected = np.zeros(graph.n_nodes, dtype=int)
        for number, piece in enumerate(sorted(pieces(written), key=min)):
            expected[list(piece)] = number
        np.testing.assert_array_equal(components(graph, kind), expected)


@settings(max_examples=100, deadline=None)
@given(random_graphs(simple=True))
def test_adjusted_homophily_is_the_assortativity_of_networkx(graph):
    y = [["a", "b", "c"][node % 3] for node in range(graph.n_nodes)]
    written = as_networkx(graph)
    nx.set_node_attributes(written, dict(enumerate(y)), "label")
    found = label_homophily(graph, y, "adjusted")
    if not graph.n_edges:
        assert math.isnan(found)
        return
    mixing = nx.attribute_mixing_matrix(written, "label")
    if (mixing.sum(axis=0) @ mixing.sum(axis=1)) > 1 - 1e-12:
        assert math.isnan(found)
    else:
        assert found == pytest.approx(nx.attribute_assortativity_coefficient(written, "label"), abs=1e-9)


def test_homophily_solved_by_hand():
    star = Graph(
        [[0, 0, 0, 3], [1, 2, 3, 3]], n_nodes=5
    )  # a star, a self-loop that says nothing, an isolated node
    y = ["a", "a", "b", "b", "a"]
    assert label_homophily(star, y) == pytest.approx(1 / 3)
    assert label_homophily(star, y, "node") == pytest.approx((1 / 3 + 1 + 0 + 0) / 4)
    # ends of edges: a 4, b 2 of 6, so 5 / 9 would agree by chance
    assert label_homophily(star, y, "adjusted") == pytest.approx((1 / 3 - 5 / 9) / (4 / 9))
    there = Graph([[0, 1, 2], [1, 2, 0]], directed=True)
    assert label_homophily(there, [1, 1, 2]) == pytest.approx(1 / 3)
    assert label_homophily(there, [1, 1, 2], "node") == pytest.approx(1 / 3)


def test_homophily_of_the_karate_club_is_67_of_its_78_edges():
    same = sum(KARATE_CLUBS[u] == KARATE_CLUBS[v] for u, v in KARATE.edges)
    assert same == 67
    assert label_homophily(karate(), KARATE_CLUBS) == pytest.approx(67 / 78)


@pytest.mark.parametrize("kind", ["edge", "node", "adjusted"])
def test_homophily_without_edges_is_unknown(kind):
    assert math.isnan(label_homophily(Graph([[0], [0]]), ["a"], kind))


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda g: degree(g, "inn"), "Unknown kind 'inn': choose one of total, in, out. Did you mean 'in'?"),
        (lambda g: clustering(g, "mean"), "Unknown kind 'mean': choose one of local, average."),
        (
            lambda g: components(g, "strng"),
            "Unknown kind 'strng': choose one of weak, strong. Did you mean 'strong'?",
        ),
        (
            lambda g: label_homophily(g, [0, 1], "class"),
            "Unknown kind 'class': choose one of edge, node, adjusted.",
        ),
        (
            lambda g: label_homophily(g, [0]),
            "y has length 1 but the graph has 2 nodes: give one for each node.",
        ),
        (
            lambda g: label_homophily(g, [0, np.nan]),
            "y has missing labels (None or NaN): give each its label.",
        ),
    ],
)
def test_wrong_arguments_get_one_sentence(call, sentence):
    with pytest.raises(ValueError) as caught:
        call(Graph(EDGE))
    assert str(caught.value) == sentence


EDGE = [[0], [1]]
