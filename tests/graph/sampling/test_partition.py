import numpy as np
import pytest

from deepstat.graph.sampling.edge_cut import edge_cut
from deepstat.graph.sampling.partition import partition


def both_ways(to_arcs, edges, n_nodes):
    """Return the arcs of an undirected graph."""
    one, other = np.asarray(edges, dtype=np.int64).reshape(-1, 2).T
    return to_arcs(np.concatenate([one, other]), np.concatenate([other, one]), n_nodes)[:2]


def communities(rng, n_parts, size, inside, between):
    """Return edges of a graph with planted parts and those parts, the nodes shuffled."""
    n_nodes = n_parts * size
    block = rng.integers(n_parts, size=(n_nodes * inside // 2, 1))
    edges = block * size + rng.integers(size, size=(len(block), 2))
    edges = np.concatenate([edges, rng.integers(n_nodes, size=(n_nodes * between // 2, 2))])
    shuffled = rng.permutation(n_nodes)
    planted = np.empty(n_nodes, dtype=int)
    planted[shuffled] = np.arange(n_nodes) // size
    return shuffled[edges], planted


GRAPHS = {
    "nothing": (1, []),
    "no arcs": (13, []),
    "a path": (40, [(i, i + 1) for i in range(39)]),
    "a star": (30, [(0, i) for i in range(1, 30)]),
    "self-loops and parallel edges": (9, [(0, 0), (1, 2), (1, 2), (2, 1), (8, 8), (3, 8)]),
    "components": (31, [(i, i + 1) for i in range(30) if i % 4]),
}


@pytest.mark.parametrize("name", GRAPHS)
def test_sizes_differ_by_one_at_most(to_arcs, name):
    n_nodes, edges = GRAPHS[name]
    arcs = both_ways(to_arcs, edges, n_nodes)
    for n_parts in {1, min(2, n_nodes), min(3, n_nodes), min(7, n_nodes), n_nodes}:
        sizes = np.bincount(partition(*arcs, n_parts), minlength=n_parts)
        assert len(sizes) == n_parts
        assert sizes.max() - sizes.min() <= 1


def test_a_path_is_cut_where_it_must_be(to_arcs):
    arcs = both_ways(to_arcs, [(i, i + 1) for i in range(63)], 64)
    assert edge_cut(*arcs, partition(*arcs, 4)) == 2 * 3


def test_two_cliques_are_cut_at_their_bridge(to_arcs):
    clique = [(i, j) for i in range(10) for j in range(i)]
    edges = [*clique, *((i + 10, j + 10) for i, j in clique), (3, 14)]
    arcs = both_ways(to_arcs, edges, 20)
    part = partition(*arcs, 2)
    assert len(set(part[:10].tolist())) == len(set(part[10:].tolist())) == 1
    assert edge_cut(*arcs, part) == 2


@pytest.mark.parametrize("seed", range(3))
def test_planted_communities_are_found(to_arcs, seed):
    edges, planted = communities(np.random.default_rng(seed), 8, 150, 12, 2)
    arcs = both_ways(to_arcs, edges, len(planted))
    at_random = np.random.default_rng(0).permutation(planted)
    assert edge_cut(*arcs, partition(*arcs, 8, seed)) <= 1.1 * edge_cut(*arcs, planted)
    assert edge_cut(*arcs, at_random) > 4 * edge_cut(*arcs, planted)


def test_components_stay_whole_where_they_fit(to_arcs):
    edges = [(10 * k + i, 10 * k + i + 1) for k in range(8) for i in range(9)]
    arcs = both_ways(to_arcs, edges, 80)
    assert edge_cut(*arcs, partition(*arcs, 8)) == 0


def test_directions_are_ignored(to_arcs):
    edges, planted = communities(np.random.default_rng(0), 4, 50, 8, 1)
    arcs = to_arcs(edges[:, 0], edges[:, 1], 200)[:2]
    assert edge_cut(*arcs, partition(*arcs, 4)) <= 1.1 * edge_cut(*arcs, planted)


def test_the_seed_decides(to_arcs):
    edges, _ = communities(np.random.default_rng(0), 4, 50, 4, 4)
    arcs = both_ways(to_arcs, edges, 200)
    np.testing.assert_array_equal(partition(*arcs, 5, 1), partition(*arcs, 5, 1))
    assert (partition(*arcs, 5, 1) != partition(*arcs, 5, 2)).any()


def test_a_graph_without_nodes_has_one_empty_part():
    assert partition([0], [], 1).shape == (0,)


@pytest.mark.parametrize(
    ("arcs", "n_parts", "sentence"),
    [
        (([0, 0, 0], []), 3, "n_parts is 3 but there are 2 nodes; give at most one part a node"),
        (([0, 0, 0], []), 0, "n_parts is 0; give an integer of at least 1"),
        (([0, 1, 1], [2]), 2, "sources have ids out of range; the graph has 2 nodes"),
        (([0, 2, 1], [0]), 2, "pointers decrease"),
    ],
)
def test_bad_input_is_refused_in_a_sentence(arcs, n_parts, sentence):
    with pytest.raises(ValueError, match=sentence):
        partition(*arcs, n_parts)


def test_the_cut_counts_arcs_between_parts():
    assert edge_cut([0, 2, 3, 3], [1, 2, 0], [0, 0, 1]) == 1
    with pytest.raises(ValueError, match="give a label for each of 3 nodes"):
        edge_cut([0, 2, 3, 3], [1, 2, 0], [0, 0])
