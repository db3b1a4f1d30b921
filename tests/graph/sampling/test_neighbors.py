import tracemalloc
from itertools import combinations

import numpy as np
import pytest
from scipy import stats

from deepstat.graph.sampling.local_ids import LocalIds
from deepstat.graph.sampling.neighbors import sample_neighbors

SEEDS = np.array([0, 6, 23, 7, 11])


def propagate(block, graph, values, *, scaled=True):
    """Return the weighted sums of one block."""
    factor = block.factor if scaled else 1.0
    out = np.zeros(block.n_targets)
    np.add.at(out, block.target, graph.weight[block.arc] * factor * values[block.source])
    return out


def layers(graph, sizes, n_draws=3000, *, replace=False, scaled=True, between=lambda values: values):
    """Return the outputs of draws of a network that propagates once for each size."""
    rng = np.random.default_rng(1)
    local = LocalIds(graph.n)
    outputs = []
    for _ in range(n_draws):
        blocks = sample_neighbors(
            graph.pointers, graph.sources, SEEDS, sizes, rng, replace=replace, local_ids=local
        )
        values = graph.x[blocks[0].nodes]
        for block in blocks:
            values = between(propagate(block, graph, values, scaled=scaled))
        outputs.append(values)
    return outputs


@pytest.mark.parametrize("replace", [False, True])
@pytest.mark.parametrize("size", [1, 3, 10])
def test_the_scaled_sum_is_unbiased_for_the_full_sum(graph, assert_unbiased, size, replace):
    truth = (graph.matrix @ graph.x)[SEEDS]
    assert_unbiased(layers(graph, [size], replace=replace), truth)


def test_two_linear_layers_are_unbiased(graph, assert_unbiased):
    truth = (graph.matrix @ graph.matrix @ graph.x)[SEEDS]
    assert_unbiased(layers(graph, [3, 2], 6000), truth)


def test_an_unscaled_sum_is_caught(graph, assert_unbiased):
    with pytest.raises(AssertionError):
        assert_unbiased(layers(graph, [3], scaled=False), (graph.matrix @ graph.x)[SEEDS])


def test_what_follows_a_nonlinear_activation_is_biased_as_documented(graph, assert_unbiased):
    exact = (graph.matrix @ graph.x)[SEEDS]

    def bend(values):
        return np.maximum(values - exact, 0)

    with pytest.raises(AssertionError):
        assert_unbiased(layers(graph, [2], between=bend), bend(exact))


@pytest.mark.parametrize("everything", [-1, None, 1000])
def test_all_neighbours_give_the_exact_sum(graph, everything):
    truth = (graph.matrix @ graph.matrix @ graph.x)[SEEDS]
    np.testing.assert_allclose(layers(graph, [everything] * 2, 1)[0], truth)


def test_all_subsets_of_neighbours_are_equally_likely():
    pointers, sources = np.array([0, 7, 7, 7, 7, 7, 7, 7, 7]), np.arange(1, 8)
    rng = np.random.default_rng(0)
    counts = dict.fromkeys(combinations(range(7), 3), 0)
    for _ in range(7000):
        [block] = sample_neighbors(pointers, sources, [0], [3], rng)
        counts[tuple(np.sort(block.arc).tolist())] += 1
    assert stats.chisquare(list(counts.values())).pvalue > 1e-3


def test_draws_with_replacement_are_uniform_and_as_many_as_asked(graph):
    rng = np.random.default_rng(0)
    counts = np.zeros(len(graph.sources))
    for _ in range(2000):
        [block] = sample_neighbors(graph.pointers, graph.sources, [0, 23], [4], rng, replace=True)
        assert block.target.tolist() == [0] * 4  # node 23 hears nothing
        counts += np.bincount(block.arc, minlength=len(counts))
    assert stats.chisquare(counts[: graph.pointers[1]]).pvalue > 1e-3
    assert counts[graph.pointers[1] :].sum() == 0


def test_blocks_fit_together_and_carry_the_arcs_of_the_graph(graph):
    rng = np.random.default_rng(0)
    targets = np.repeat(np.arange(graph.n), np.diff(graph.pointers))
    for sizes in ([4, 2], [2, None, 1]):
        blocks = sample_neighbors(graph.pointers, graph.sources, SEEDS, sizes, rng)
        computed = SEEDS
        for block, size in zip(blocks[::-1], sizes, strict=True):
            np.testing.assert_array_equal(block.nodes[: block.n_targets], computed)
            assert len(np.unique(block.nodes)) == len(block.nodes)
            np.testing.assert_array_equal(block.nodes[block.source], graph.sources[block.arc])
            np.testing.assert_array_equal(block.nodes[block.target], targets[block.arc])
            assert (np.diff(block.target) >= 0).all()
            assert len(np.unique(block.arc)) == len(block.arc)
            degree = np.diff(graph.pointers)[computed]
            taken = degree if size is None else np.minimum(degree, size)
            np.testing.assert_array_equal(np.bincount(block.target, minlength=len(computed)), taken)
            computed = block.nodes


def test_the_seed_of_the_generator_decides_with_and_without_a_kept_table(graph):
    local = LocalIds(graph.n)
    for seed in range(3):
        arguments = graph.pointers, graph.sources, SEEDS, [3, 3]
        one = sample_neighbors(*arguments, np.random.default_rng(seed))
        two = sample_neighbors(*arguments, np.random.default_rng(seed), local_ids=local)
        for ours, theirs in zip(one, two, strict=True):
            for name in ("nodes", "source", "target", "arc", "scale"):
                np.testing.assert_array_equal(getattr(ours, name), getattr(theirs, name))


def test_a_batch_takes_memory_in_its_own_size_alone():
    n_nodes = 2_000_000
    pointers = np.arange(n_nodes + 1, dtype=np.int64)
    sources = np.roll(np.arange(n_nodes), 1)
    local, rng = LocalIds(n_nodes), np.random.default_rng(0)
    tracemalloc.start()
    sample_neighbors(pointers, sources, np.arange(100), [5, 5], rng, local_ids=local)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 200_000


@pytest.mark.parametrize("seeds", [[], [0]])
def test_a_graph_without_arcs_gives_blocks_without_arcs(seeds):
    for block in sample_neighbors([0, 0], [], seeds, [2, None], np.random.default_rng(0)):
        assert len(block.source) == len(block.arc) == 0
        np.testing.assert_array_equal(block.nodes, seeds)
        np.testing.assert_array_equal(block.scale, np.ones(len(seeds)))


@pytest.mark.parametrize(
    ("change", "error", "sentence"),
    [
        ({"seeds": [0, 0]}, ValueError, "seeds name a node twice"),
        ({"seeds": [24]}, ValueError, "seeds have ids from 24 to 24; the graph has 24 nodes"),
        ({"sizes": [0]}, ValueError, "a size is 0; give an integer of at least 1, or -1 or None for all"),
        ({"sizes": [True]}, ValueError, "a size is True"),
        ({"rng": 0}, TypeError, "rng is of type int; give a numpy.random.Generator"),
        ({"local_ids": LocalIds(3)}, ValueError, "local_ids is for 3 nodes but the graph has 24"),
        ({"sources": np.full(94, 99)}, ValueError, "sources have ids from 99 to 99"),
    ],
)
def test_bad_input_is_refused_in_a_sentence(graph, change, error, sentence):
    given = {"pointers": graph.pointers, "sources": graph.sources, "seeds": [0], "sizes": [2]}
    with pytest.raises(error, match=sentence):
        sample_neighbors(**{**given, "rng": np.random.default_rng(0), **change})
