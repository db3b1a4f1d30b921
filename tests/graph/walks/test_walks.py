import sys

import networkx as nx
import numpy as np
import pytest
from scipy import stats

from deepstat.graph.graph import Graph
from deepstat.graph.walks import node2vec_walks, uniform_walks
from deepstat.graph.walks.out_arcs import OutArcs

EDGES = [[0, 0, 1, 2, 3, 3, 1], [1, 2, 2, 3, 4, 5, 4]]
WEIGHT = [1.0, 2.0, 0.5, 3.0, 1.0, 1.5, 2.5]


def close_to(counts, probabilities):
    """Whether observed counts come from a distribution, by a chi-square test at one in a thousand."""
    possible = probabilities > 0
    assert counts[~possible].sum() == 0
    if possible.sum() == 1:
        return True
    expected = probabilities[possible] * counts.sum()
    return stats.chisquare(counts[possible], expected).pvalue > 1e-3


@pytest.mark.parametrize("weight", [None, WEIGHT])
def test_long_walks_visit_nodes_in_proportion_to_their_weighted_degree(weight):
    graph = Graph(EDGES, edge_weight=weight)
    reference = nx.Graph()
    reference.add_weighted_edges_from(zip(*EDGES, weight or np.ones(7), strict=True))
    degree = np.array([reference.degree(node, weight="weight") for node in range(6)])
    # The last nodes of separate walks are independent, those of one walk are not.
    last = uniform_walks(graph, length=60, n_walks=2000, random_state=0)[:, -1]
    assert close_to(np.bincount(last, minlength=6), degree / degree.sum())


def test_a_step_follows_the_direction_with_probability_proportional_to_weight_over_parallel_edges():
    graph = Graph([[0, 0, 0, 1, 0], [1, 1, 2, 0, 0]], directed=True, edge_weight=[1.0, 2.0, 3.0, 1.0, 4.0])
    steps = uniform_walks(graph, [0], length=2, n_walks=20_000, random_state=1)[:, 1]
    assert close_to(np.bincount(steps, minlength=3), np.array([0.4, 0.3, 0.3]))


def second_order(weighted, directed, p, q):
    """Return the probabilities of each triple (t, v, x) by enumeration, with networkx's distances."""
    reference = (nx.DiGraph if directed else nx.Graph)()
    reference.add_nodes_from(range(6))
    reference.add_weighted_edges_from(zip(*EDGES, WEIGHT if weighted else np.ones(7), strict=True))
    distance = dict(nx.all_pairs_shortest_path_length(reference))
    table = {}
    for t, v in list(reference.edges) + ([] if directed else [(v, t) for t, v in reference.edges]):
        mass = np.zeros(6)
        for x, carried in reference[v].items():
            near = distance[t].get(x, 9)
            mass[x] = carried["weight"] * (1 / p if near == 0 else 1.0 if near == 1 else 1 / q)
        if mass.any():
            table[t, v] = mass / mass.sum()
    return table


@pytest.mark.parametrize("directed", [False, True])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(("p", "q"), [(1.0, 1.0), (0.25, 4.0), (4.0, 0.25), (30.0, 50.0)])
@pytest.mark.parametrize("proposals", [0, 2, 16])
def test_second_order_steps_have_the_enumerated_probabilities(
    directed, weighted, p, q, proposals, monkeypatch
):
    # The package's attribute of that name is the function.
    monkeypatch.setattr(sys.modules["deepstat.graph.walks.node2vec_walks"], "PROPOSALS", proposals)
    graph = Graph(EDGES, directed=directed, edge_weight=WEIGHT if weighted else None)
    walks = node2vec_walks(graph, p=p, q=q, length=3, n_walks=4000, random_state=2)
    table = second_order(weighted, directed, p, q)
    for (t, v), probabilities in table.items():
        x = walks[(walks[:, 0] == t) & (walks[:, 1] == v), 2]
        assert len(x) > 100
        assert close_to(np.bincount(x, minlength=6), probabilities)


def test_later_steps_remember_the_node_before_and_not_an_earlier_one():
    walks = node2vec_walks(Graph(EDGES), p=0.1, q=3.0, length=6, n_walks=2000, random_state=3)
    table = second_order(False, False, 0.1, 3.0)
    for step in (3, 5):
        for (t, v), probabilities in table.items():
            x = walks[(walks[:, step - 2] == t) & (walks[:, step - 1] == v), step]
            assert close_to(np.bincount(x, minlength=6), probabilities)


def test_node2vec_with_p_and_q_1_has_the_steps_of_uniform_walks():
    graph = Graph(EDGES, edge_weight=WEIGHT)
    one = uniform_walks(graph, [3], length=4, n_walks=5000, random_state=0)[:, -1]
    other = node2vec_walks(graph, [3], length=4, n_walks=5000, random_state=1)[:, -1]
    counts = np.array([np.bincount(each, minlength=6) for each in (one, other)])
    assert stats.chi2_contingency(counts[:, counts.any(axis=0)]).pvalue > 1e-3


@pytest.mark.parametrize("walk", [uniform_walks, node2vec_walks])
def test_walks_are_a_function_of_the_seed(walk):
    graph = Graph(EDGES)
    same = walk(graph, random_state=5)
    assert np.array_equal(same, walk(graph, random_state=5))
    assert not np.array_equal(same, walk(graph, random_state=6))
    assert np.array_equal(same, walk(graph, random_state=np.random.default_rng(5)))
    generator = np.random.default_rng(5)
    walk(graph, random_state=generator)
    assert not np.array_equal(same, walk(graph, random_state=generator))


@pytest.mark.parametrize("walk", [uniform_walks, node2vec_walks])
def test_a_walk_ends_where_no_edge_of_positive_weight_leaves(walk):
    graph = Graph([[0, 1, 2], [1, 2, 3]], n_nodes=5, directed=True, edge_weight=[1.0, 1.0, 0.0])
    walks = walk(graph, length=4, n_walks=1, random_state=0)
    assert walks.tolist() == [
        [0, 1, 2, -1],
        [1, 2, -1, -1],
        [2, -1, -1, -1],
        [3, -1, -1, -1],
        [4, -1, -1, -1],
    ]


@pytest.mark.parametrize("walk", [uniform_walks, node2vec_walks])
def test_walks_on_graphs_without_nodes_or_edges_stay(walk):
    assert walk(Graph(np.zeros((2, 0), dtype=int)), length=3).shape == (0, 3)
    walks = walk(Graph(np.zeros((2, 0), dtype=int), n_nodes=2), length=3, n_walks=1)
    assert walks.tolist() == [[0, -1, -1], [1, -1, -1]]


def test_tiny_weights_beside_huge_ones_keep_their_ratio():
    graph = Graph([[0, 0, 2, 2], [1, 1, 3, 4]], directed=True, edge_weight=[1e200, 1e200, 1e-200, 3e-200])
    steps = uniform_walks(graph, [2], length=2, n_walks=10_000, random_state=0)[:, 1]
    assert close_to(np.bincount(steps, minlength=5), np.array([0, 0, 0, 0.25, 0.75]))


def test_starting_nodes_may_be_names():
    graph = Graph([["a"], ["b"]], node_names=["a", "b"])
    assert uniform_walks(graph, ["b"], length=2, n_walks=1).tolist() == [[1, 0]]


@pytest.mark.parametrize("directed", [False, True])
def test_arcs_are_found_exactly_where_they_are(directed):
    graph = Graph(EDGES, n_nodes=7, directed=directed)
    reference = (nx.DiGraph if directed else nx.Graph)()
    reference.add_edges_from(zip(*EDGES, strict=True))
    source, target = np.indices((7, 7)).reshape(2, -1)
    found = OutArcs(graph).has_arc(source, target)
    assert found.tolist() == [reference.has_edge(u, v) for u, v in zip(source, target, strict=True)]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"length": 0}, "length=0 is not allowed"),
        ({"length": 2.5}, "length=2.5 is not allowed"),
        ({"n_walks": -1}, "n_walks=-1 is not allowed"),
        ({"p": 0.0}, "p=0.0 is not allowed"),
        ({"q": np.inf}, "q=inf is not allowed"),
        ({"q": np.nan}, "q=nan is not allowed"),
        ({"nodes": [9]}, "9"),
    ],
)
def test_wrong_walks_are_refused_in_a_sentence(options, sentence):
    with pytest.raises(ValueError, match=sentence):
        node2vec_walks(Graph(EDGES), **options)
