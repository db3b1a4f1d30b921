"""What graph networks can see: bounded by colour refinement, reached by sums, missed by means and maxima."""

from functools import partial
from itertools import combinations, islice

import networkx as nx
import numpy as np
import pytest

from deepstat.diagnostics.can_tell_apart import TOLERANCE, can_tell_apart
from deepstat.diagnostics.random_outputs import random_outputs
from deepstat.graph.from_networkx import from_networkx
from deepstat.graph.graph import Graph
from deepstat.graph.structural_features import structural_features
from deepstat.graph.weisfeiler_leman.wl_test import wl_test
from deepstat.layers.graph.gcn import GCN
from deepstat.layers.graph.graph_stack import GraphStack
from deepstat.registry import registry

TRIANGLES = Graph([[0, 1, 2, 3, 4, 5], [1, 2, 0, 4, 5, 3]])
HEXAGON = Graph([[0, 1, 2, 3, 4, 5], [1, 2, 3, 4, 5, 0]])
PATH, STAR = Graph([[0, 1, 2], [1, 2, 3]]), Graph([[0, 0, 0], [1, 2, 3]])
KINDS = {"a": (1.0, 0.0, 0.0), "b": (0.0, 1.0, 0.0)}
DEEP = {"hidden_layer_sizes": (16, 16, 16)}
# Networks that choose nodes by rank break ties by number: they see more than the graph.
BY_NUMBER = ("top_k", "graph_unet")
EQUIVARIANT = [
    name
    for name in registry().names("architecture")
    if registry().record("architecture", name).takes != "table" and name not in BY_NUMBER
]
MEAN = [("mean_aggregation", None), ("graph_sage", {"aggregator": "mean"})]
# Their shares add up to one as well, but a node's own state is among them: beside more copies it weighs less.
ATTENTION = [("gat", None), ("gatv2", None)]
MAX = [("graph_sage", {"aggregator": "max"})]
SUM = [("gin", None), ("message_passing", None), ("graph_sage", {"aggregator": "sum"}), ("gated_graph", None)]


def stars(*leaves):
    """Return stars whose leaves are of the kinds named; the centre of the first is node 0."""
    features, edges = [], []
    for own in leaves:
        centre = len(features)
        features.append((0.0, 0.0, 1.0))
        for kind in own:
            edges.append((centre, len(features)))
            features.append(KINDS[kind])
    return Graph(np.array(edges).T, node_features=np.array(features))


def renumbered(graph, seed=0):
    order = np.random.default_rng(seed).permutation(graph.n_nodes)
    return Graph(order[graph.edges], n_nodes=graph.n_nodes)


def random_walk_gcn(inputs, n_outputs):
    layer = partial(GCN, normalization="random_walk")
    return GraphStack([layer(inputs.n_features, 16), layer(16, n_outputs)], [16, n_outputs])


def connected(n_nodes):
    """Return all connected graphs of so many nodes."""
    atlas = [each for each in nx.graph_atlas_g() if len(each) == n_nodes and nx.is_connected(each)]
    edges = [np.array(each.edges, dtype=np.int64).reshape(-1, 2).T for each in atlas]
    return [Graph(own, n_nodes=n_nodes) for own in edges]


def test_gin_separates_the_connected_graphs_of_up_to_six_nodes_that_colour_refinement_separates_and_no_others():
    n_pairs, equal = 0, []
    for n_nodes in range(2, 7):
        graphs = connected(n_nodes)
        draws = list(islice(random_outputs("gin", graphs, DEEP), 5))
        sums = np.array([[each.sum(0) for each in outputs] for outputs in draws])
        sizes = np.array([[np.abs(each).sum(0).max() for each in outputs] for outputs in draws])
        for i, j in combinations(range(len(graphs)), 2):
            apart = np.abs(sums[:, i] - sums[:, j]).max(1) > TOLERANCE * np.maximum(sizes[:, i], sizes[:, j])
            separate = not wl_test(graphs[i], graphs[j])
            assert apart.any() == separate
            equal += [] if separate else [(graphs[i], graphs[j])]
            n_pairs += 1
    assert n_pairs == 6442
    assert len(equal) == 3
    assert not any(can_tell_apart("gin", *pair, DEEP) for pair in equal)


def test_the_function_agrees_with_colour_refinement_on_pairs_of_graphs():
    graphs, rng = connected(6), np.random.default_rng(0)
    for _ in range(100):
        pair = [graphs[i] for i in rng.choice(len(graphs), 2, replace=False)]
        assert can_tell_apart("gin", *pair, DEEP) != wl_test(*pair)


@pytest.mark.parametrize("name", EQUIVARIANT)
def test_no_network_separates_triangles_from_a_hexagon(name):
    assert wl_test(TRIANGLES, HEXAGON)
    assert not can_tell_apart(name, TRIANGLES, HEXAGON)


@pytest.mark.parametrize("name", EQUIVARIANT)
def test_no_network_separates_two_numberings_of_a_graph(name):
    graph = from_networkx(nx.karate_club_graph())
    graph = Graph(graph.edges, n_nodes=34)
    assert not can_tell_apart(name, graph, renumbered(graph), n_draws=2)


def test_networks_that_choose_nodes_separate_numberings_of_nodes_that_are_equal():
    assert can_tell_apart("top_k", TRIANGLES, HEXAGON)
    assert any(can_tell_apart("top_k", HEXAGON, renumbered(HEXAGON, seed)) for seed in range(5))


def test_probabilities_of_return_separate_triangles_from_a_hexagon():
    pair = [each.with_features(structural_features(each, ["random_walk"])) for each in (TRIANGLES, HEXAGON)]
    assert can_tell_apart("gin", *pair)
    assert can_tell_apart("node_mlp", *pair)
    turned = renumbered(HEXAGON)
    walks = structural_features(turned, ["random_walk"])
    assert not can_tell_apart("gin", pair[1], turned.with_features(walks))


def test_laplacian_eigenvectors_separate_triangles_from_a_hexagon():
    kinds = ["laplacian_eigenvectors"]
    pair = [each.with_features(structural_features(each, kinds)) for each in (TRIANGLES, HEXAGON)]
    assert can_tell_apart("gin", *pair)


@pytest.mark.parametrize(("name", "params"), [*MEAN, *ATTENTION, (random_walk_gcn, None)])
def test_means_of_constant_features_see_no_edge(name, params):
    assert not can_tell_apart(name, PATH, STAR, params)


@pytest.mark.parametrize(("name", "params"), [*SUM, ("gcn", None)])
def test_sums_see_degrees(name, params):
    assert can_tell_apart(name, PATH, STAR, params)


@pytest.mark.parametrize(
    ("one", "other", "blind", "seeing"),
    [
        ("aabb", "ab", MEAN + MAX, SUM + ATTENTION),  # the same shares
        ("aab", "ab", MAX, MEAN + SUM),  # the same kinds
        ("ab", "aa", [], MAX + MEAN + SUM),
    ],
)
def test_sums_see_multisets_means_shares_and_maxima_sets(one, other, blind, seeing):
    pair = stars(one), stars(other)
    for name, params in blind:
        assert not can_tell_apart(name, *pair, params, nodes=(0, 0))
    for name, params in seeing:
        assert can_tell_apart(name, *pair, params, nodes=(0, 0))


@pytest.mark.parametrize(
    ("one", "other", "blind", "seeing"),
    [
        (("ab", "aaabbb"), ("aabb", "aabb"), MEAN + MAX, SUM),
        (("aab", "abb"), ("ab", "aabb"), MAX, MEAN + SUM),
    ],
)
def test_a_sum_over_nodes_does_not_bring_back_what_aggregation_lost(one, other, blind, seeing):
    pair = stars(*one), stars(*other)  # as many leaves of each kind, and as many centres
    for name, params in blind:
        assert not can_tell_apart(name, *pair, params)
    for name, params in seeing:
        assert can_tell_apart(name, *pair, params)


def test_what_is_too_far_for_the_layers_is_not_seen():
    near, far = (Graph([[*range(6), at], [*range(1, 7), 7]]) for at in (5, 4))
    one, two = {"hidden_layer_sizes": ()}, {"hidden_layer_sizes": (16,)}
    assert not can_tell_apart("gin", near, far, one, nodes=(3, 3))
    assert can_tell_apart("gin", near, far, two, nodes=(3, 3))


def test_types_weights_and_directions_are_seen_by_the_operators_that_read_them():
    edges = [[0, 1], [1, 2]]
    pair = Graph(edges, edge_type=["x", "y"]), Graph(edges, edge_type=["x", "x"])
    assert can_tell_apart("relational", *pair)
    assert not can_tell_apart("gin", *pair)
    assert can_tell_apart("gin", Graph(edges, edge_weight=[1, 2]), Graph(edges, edge_weight=[1, 1]))
    into, out = Graph([[0, 1], [2, 2]], directed=True), Graph([[2, 2], [0, 1]], directed=True)
    assert can_tell_apart("gin", into, out)
    assert not wl_test(into, out, direction="in")


def test_answers_are_those_of_the_seed():
    draws = [list(islice(random_outputs("gcn", [PATH], random_state=seed), 2)) for seed in (0, 0, 1)]
    np.testing.assert_array_equal(draws[0][1][0], draws[1][1][0])
    assert not np.allclose(draws[0][0][0], draws[2][0][0])
    assert not np.allclose(draws[0][0][0], draws[0][1][0])


def test_named_nodes_are_found_by_name():
    named = Graph([["x", "x"], ["y", "z"]], node_names=["x", "y", "z"])
    assert can_tell_apart("gin", named, named, nodes=("x", "y"))
    assert not can_tell_apart("gin", named, named, nodes=("y", "z"))


@pytest.mark.parametrize(
    ("arguments", "options", "sentence"),
    [
        (("mlp", PATH, STAR), {}, "reads a table"),
        (("gin", PATH, STAR), {"n_draws": 0}, "n_draws=0 is not allowed"),
        (("gin", PATH, STAR), {"nodes": (0,)}, "must be a pair"),
        (("gin", PATH, STAR), {"nodes": (0, 9)}, "9"),
        (("gin_readout", PATH, STAR), {"nodes": (0, 0)}, "leave nodes out"),
        (("gin", PATH, Graph([[0], [1]], directed=True)), {}, "directed and undirected"),
        (("gin", PATH, stars("ab")), {}, "columns"),
        (("gin", PATH, STAR, {"depth": 2}), {}, "has no option 'depth'"),
    ],
)
def test_what_cannot_be_compared_is_refused_in_one_sentence(arguments, options, sentence):
    with pytest.raises(ValueError, match=sentence):
        can_tell_apart(*arguments, **options)
