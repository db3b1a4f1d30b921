import numpy as np
import pytest

from deepstat.graph.sampling.random_walk_subgraphs import RandomWalkSubgraphs


@pytest.fixture
def star():
    """Node 0 in the middle of five."""
    return np.array([0, 5, 6, 7, 8, 9, 10]), np.array([1, 2, 3, 4, 5, 0, 0, 0, 0, 0])


def fresh_estimates(graph, n_draws=600, *, counted=True):
    """Return for draws, each with counts of its own, the estimates of f(v) = x and of the propagated x."""
    rng = np.random.default_rng(2)
    nodes, sums = np.zeros((n_draws, graph.n)), np.zeros((n_draws, graph.n))
    for draw in range(n_draws):
        sampler = RandomWalkSubgraphs(
            graph.pointers, graph.sources, rng, n_roots=12, walk_length=2, n_presamples=40
        )
        sub = sampler.sample(rng)
        node_factor = sub.node_factor if counted else np.full(len(sub.nodes), graph.n / len(sub.nodes))
        arc_factor = sub.arc_factor if counted else 1.0
        nodes[draw, sub.nodes] = node_factor * graph.x[sub.nodes]
        message = graph.weight[sub.arc] * arc_factor * graph.x[sub.nodes[sub.source]]
        np.add.at(sums[draw], sub.nodes[sub.target], node_factor[sub.target] * message)
    return nodes, sums


def test_sums_over_nodes_and_over_arcs_are_unbiased(graph, assert_unbiased):
    nodes, sums = fresh_estimates(graph)
    assert_unbiased(nodes, graph.x)
    assert_unbiased(sums, graph.matrix @ graph.x)


def test_sums_without_the_counts_are_caught(graph, assert_unbiased):
    nodes, sums = fresh_estimates(graph, counted=False)
    with pytest.raises(AssertionError):
        assert_unbiased(nodes, graph.x)
    with pytest.raises(AssertionError):
        assert_unbiased(sums, graph.matrix @ graph.x)


def test_factors_are_one_over_the_probabilities_worked_out_for_a_star(star):
    # A walk of one step always has the middle, and a leaf with probability (1 + 1 / 5) / 6 = 1 / 5.
    rng = np.random.default_rng(0)
    sampler = RandomWalkSubgraphs(*star, rng, n_roots=1, walk_length=1, n_presamples=20_000)
    for _ in range(10):
        sub = sampler.sample(rng)
        np.testing.assert_allclose(sub.node_factor, np.where(sub.nodes == 0, 1, 5), rtol=0.08)
        into_the_middle = sub.nodes[sub.target] == 0
        np.testing.assert_allclose(sub.arc_factor, np.where(into_the_middle, 5, 1), rtol=0.08)


def test_a_subgraph_has_all_arcs_between_its_nodes(graph):
    rng = np.random.default_rng(0)
    sampler = RandomWalkSubgraphs(
        graph.pointers, graph.sources, rng, n_roots=4, walk_length=3, n_presamples=5
    )
    targets = np.repeat(np.arange(graph.n), np.diff(graph.pointers))
    for _ in range(20):
        sub = sampler.sample(rng)
        assert len(np.unique(sub.nodes)) == len(sub.nodes) <= 16
        inside = np.isin(graph.sources, sub.nodes) & np.isin(targets, sub.nodes)
        np.testing.assert_array_equal(np.sort(sub.arc), np.flatnonzero(inside))
        np.testing.assert_array_equal(sub.nodes[sub.source], graph.sources[sub.arc])
        np.testing.assert_array_equal(sub.nodes[sub.target], targets[sub.arc])
        assert (np.diff(sub.target) >= 0).all()


def test_walks_begin_at_the_roots_and_run_against_the_arcs():
    # 0 -> 1 -> 2 -> 3: what node 2 hears comes from 1 and 0.
    pointers, sources = np.array([0, 0, 1, 2, 3]), np.array([0, 1, 2])
    rng = np.random.default_rng(0)
    sampler = RandomWalkSubgraphs(pointers, sources, rng, n_roots=2, walk_length=5, n_presamples=3, roots=[2])
    assert sampler.sample(rng).nodes.tolist() == [2, 1, 0]


def test_the_seeds_of_the_generators_decide(star):
    def draw(seed):
        rng = np.random.default_rng(seed)
        sampler = RandomWalkSubgraphs(*star, rng, n_roots=2, walk_length=1, n_presamples=5)
        return sampler.sample(rng)

    for name in ("nodes", "arc", "node_factor", "arc_factor"):
        np.testing.assert_array_equal(getattr(draw(4), name), getattr(draw(4), name))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"n_roots": 0}, "n_roots is 0; give an integer of at least 1"),
        ({"walk_length": -1}, "walk_length is -1; give an integer of at least 0"),
        ({"n_presamples": 1.5}, "n_presamples is 1.5"),
        ({"roots": [6]}, "roots have ids from 6 to 6"),
        ({"roots": []}, "There is no node to begin a walk at"),
    ],
)
def test_bad_input_is_refused_in_a_sentence(star, change, sentence):
    given = {"n_roots": 1, "walk_length": 1, "n_presamples": 1}
    with pytest.raises(ValueError, match=sentence):
        RandomWalkSubgraphs(*star, np.random.default_rng(0), **{**given, **change})
