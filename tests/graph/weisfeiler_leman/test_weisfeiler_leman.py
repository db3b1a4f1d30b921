import itertools

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from deepstat.graph.graph import Graph
from deepstat.graph.weisfeiler_leman import refine, wl_features, wl_test

NO_EDGES = np.zeros((2, 0), dtype=int)


def graph_of(reference, **options):
    """Return the graph of a networkx graph whose nodes are 0, 1, ..."""
    edges = np.array(list(reference.edges), dtype=int).reshape(-1, 2).T
    return Graph(edges, n_nodes=len(reference), directed=reference.is_directed(), **options)


def same_classes(one, other):
    """Whether two colourings divide nodes alike."""
    return len(set(one)) == len(set(other)) == len(set(zip(one, other, strict=True)))


def cycle(*lengths, **options):
    return graph_of(nx.disjoint_union_all([nx.cycle_graph(length) for length in lengths]), **options)


def test_two_triangles_and_a_hexagon_are_not_told_apart():
    assert wl_test(cycle(3, 3), cycle(6))


def test_decalin_and_bicyclopentyl_are_not_told_apart():
    decalin = nx.cycle_graph(10)
    decalin.add_edge(0, 5)
    bicyclopentyl = nx.disjoint_union(nx.cycle_graph(5), nx.cycle_graph(5))
    bicyclopentyl.add_edge(0, 5)
    assert wl_test(graph_of(decalin), graph_of(bicyclopentyl))


def test_trees_that_are_not_isomorphic_are_told_apart():
    trees = [nx.convert_node_labels_to_integers(tree) for tree in nx.nonisomorphic_trees(8)]
    assert len(trees) == 23
    for one, other in itertools.combinations([graph_of(tree) for tree in trees], 2):
        assert not wl_test(one, other)


def test_pairs_are_told_apart_exactly_where_networkx_does():
    atlas = [each for each in nx.graph_atlas_g() if 5 <= len(each) <= 6]
    for each in atlas:
        nx.set_node_attributes(each, "same", "label")
    hashes = [nx.weisfeiler_lehman_graph_hash(each, node_attr="label", iterations=6) for each in atlas]
    graphs = [graph_of(each) for each in atlas]
    colours = [tuple(np.sort(each)) for each in refine(graphs)]
    alike = 0
    for i, j in itertools.combinations(range(len(atlas)), 2):
        assert (colours[i] == colours[j]) == (hashes[i] == hashes[j])
        if atlas[i].size() == atlas[j].size() and len(atlas[i]) == len(atlas[j]) == 6:
            assert wl_test(graphs[i], graphs[j]) == (hashes[i] == hashes[j])
        alike += hashes[i] == hashes[j]
    assert alike > 0


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("n_rounds", [1, 2, 4])
def test_colours_of_each_round_divide_nodes_as_networkx_does(seed, n_rounds):
    reference = nx.gnp_random_graph(30, 0.08, seed=seed)
    nx.set_node_attributes(reference, "same", "label")
    hashes = nx.weisfeiler_lehman_subgraph_hashes(reference, node_attr="label", iterations=n_rounds)
    last = [hashes[node][n_rounds - 1] for node in reference]
    assert same_classes(refine(graph_of(reference), n_rounds=n_rounds), last)


def test_the_stable_colouring_is_equitable():
    reference = nx.gnp_random_graph(40, 0.06, seed=1)
    colours = refine(graph_of(reference))
    seen = {}
    for node in reference:
        neighbours = tuple(sorted(colours[other] for other in reference[node]))
        assert seen.setdefault(colours[node], neighbours) == neighbours
    assert sorted(set(colours)) == list(range(max(colours) + 1))


@st.composite
def typed_graphs(draw):
    n = draw(st.integers(1, 8))
    e = draw(st.integers(0, 14))
    ids = st.lists(st.integers(0, n - 1), min_size=e, max_size=e)
    codes = st.lists(st.integers(0, 2), min_size=e, max_size=e)
    edges = np.array([draw(ids), draw(ids)], dtype=int)
    carried = {"edge_weight": draw(codes), "edge_type": [f"t{code}" for code in draw(codes)]} if e else {}
    labels = np.array(draw(st.lists(st.integers(0, 1), min_size=n, max_size=n)))
    order = np.array(draw(st.permutations(range(n))))
    return edges, n, carried, labels, order, draw(st.booleans())


@settings(deadline=None)
@given(typed_graphs(), st.sampled_from(["in", "out", "both"]))
def test_isomorphic_graphs_are_never_told_apart(drawn, direction):
    edges, n, carried, labels, order, directed = drawn
    graph = Graph(edges, n_nodes=n, directed=directed, **carried)
    renumbered = Graph(order[edges], n_nodes=n, directed=directed, **carried)
    moved = np.empty_like(labels)
    moved[order] = labels
    assert wl_test(graph, renumbered, [labels, moved], direction=direction)
    # Ranks do not depend on the numbering, so not even separate calls differ.
    colours = refine(graph, labels, direction=direction)
    assert np.array_equal(refine(renumbered, moved, direction=direction)[order], colours)


def test_edge_types_and_weights_are_told_apart_by_name_and_value():
    path = [[0, 1], [1, 2]]
    assert not wl_test(Graph(path, edge_type=["a", "b"]), Graph(path, edge_type=["a", "a"]))
    assert not wl_test(Graph(path, edge_type=["a", "a"]), Graph(path, edge_type=["b", "b"]))
    assert wl_test(Graph(path, edge_type=["a", "b"]), Graph(path, edge_type=["b", "a"]))
    assert not wl_test(Graph(path, edge_weight=[1.0, 2.0]), Graph(path))
    assert wl_test(Graph(path, edge_weight=[1.0, 1.0]), Graph(path))


def test_node_types_and_labels_are_first_colours():
    triangles, hexagon = cycle(3, 3), cycle(6)
    assert not wl_test(triangles, hexagon, [[0, 0, 0, 1, 1, 1], [0, 0, 0, 1, 1, 1]])
    types = ["x", "x", "x", "y", "y", "y"]
    assert not wl_test(cycle(3, 3, node_type=types), cycle(6, node_type=types))
    assert refine(Graph(NO_EDGES, n_nodes=4), ["b", "a", "b", "c"]).tolist() == [1, 0, 1, 2]
    typed = Graph(NO_EDGES, n_nodes=3, node_type=["u", "u", "v"])
    assert refine(typed, [0, 1, 0]).tolist() == [0, 1, 2]


def test_the_direction_says_which_neighbours_count():
    chain = Graph([[0, 1], [1, 2]], directed=True)
    assert refine(chain, n_rounds=1).tolist() == [0, 1, 1]
    assert refine(chain, n_rounds=1, direction="out").tolist() == [1, 1, 0]
    assert same_classes(refine(chain, n_rounds=1, direction="both"), [0, 1, 2])
    # A node that sends to two, and one that receives from two: the same without direction.
    out, into = Graph([[0, 0], [1, 2]], directed=True), Graph([[1, 2], [0, 0]], directed=True)
    assert not wl_test(out, into)


def test_parallel_edges_and_self_loops_count():
    assert not wl_test(Graph([[0, 0], [1, 1]]), Graph([[0], [1]]))
    assert not wl_test(Graph([[0, 0], [1, 0]]), Graph([[0], [1]]))


def test_graphs_of_different_size_and_empty_graphs():
    assert not wl_test(cycle(3), cycle(4))
    assert wl_test(Graph(NO_EDGES), Graph(NO_EDGES))
    assert refine(Graph(NO_EDGES)).tolist() == []
    assert refine([]) == []
    assert [len(each) for each in refine([Graph(NO_EDGES), cycle(3)])] == [0, 3]


def test_refining_further_only_splits():
    graph = graph_of(nx.path_graph(9))
    before = refine(graph, n_rounds=0)
    for n_rounds in range(1, 6):
        after = refine(graph, n_rounds=n_rounds)
        assert len(set(zip(before, after, strict=True))) == len(set(after))
        before = after
    assert same_classes(before, refine(graph))


def test_the_kernel_is_the_published_example():
    # Figure 2 of Shervashidze et al. (2011): one round, thirteen colours, kernel 11.
    first = Graph([[0, 1, 2, 2, 3, 3, 4], [4, 4, 3, 5, 4, 5, 5]])
    second = Graph([[0, 1, 2, 2, 3, 3, 4], [4, 3, 4, 5, 4, 5, 5]])
    features = wl_features([first, second], 1, [[1, 1, 2, 3, 4, 5], [1, 2, 2, 3, 4, 5]])
    assert features.shape == (2, 13)
    published = np.array([[2, 1, 1, 1, 1, 2, 0, 1, 0, 1, 1, 0, 1], [1, 2, 1, 1, 1, 1, 1, 0, 1, 1, 0, 1, 1]])
    assert sorted(map(tuple, features.toarray().T)) == sorted(map(tuple, published.T))
    assert (features @ features.T).toarray()[0, 1] == 11


def test_features_count_all_nodes_in_each_round_and_do_not_depend_on_other_graphs():
    graphs = [cycle(3), cycle(4), graph_of(nx.path_graph(5))]
    features = wl_features(graphs, 4)
    assert sparse.issparse(features)
    assert features.sum(axis=1).tolist() == [15, 20, 25]
    kernel = (features @ features.T).toarray()
    fewer = wl_features(graphs[:2], 4)
    assert np.array_equal((fewer @ fewer.T).toarray(), kernel[:2, :2])
    assert wl_features([]).shape == (0, 0)


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: refine(cycle(3), [0, 1]), "do not fit a graph of 3 nodes"),
        (lambda: refine([cycle(3)], [[0] * 3, [0] * 3]), "1 graphs came with 2 lists of node_labels"),
        (lambda: refine(cycle(3), n_rounds=-1), "n_rounds=-1 is not allowed"),
        (lambda: refine(cycle(3), direction="up"), "direction='up' is not allowed"),
        (lambda: wl_test(cycle(3), Graph([[0], [1]], directed=True)), "graphs of one sort"),
        (lambda: wl_features([cycle(3)], 1.5), "n_rounds=1.5 is not allowed"),
    ],
)
def test_wrong_input_is_refused_in_a_sentence(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()
