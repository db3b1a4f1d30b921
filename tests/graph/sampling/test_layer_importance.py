import numpy as np
import pytest
from scipy import stats

from deepstat.graph.sampling.layer_importance import KINDS, LayerImportance

SEEDS = np.array([0, 6, 23, 7, 11])


def layers(graph, kind, sizes, n_draws=3000, *, weighted=True):
    """Return the outputs of draws of a network that propagates once for each size."""
    rng = np.random.default_rng(1)
    sampler = LayerImportance(graph.pointers, graph.sources, graph.weight, kind=kind)
    outputs = []
    for _ in range(n_draws):
        blocks = sampler.sample(SEEDS, sizes, rng)
        values = graph.x[blocks[0].nodes]
        for block in blocks:
            factor = block.factor if weighted else 1.0
            out = np.zeros(block.n_targets)
            np.add.at(out, block.target, graph.weight[block.arc] * factor * values[block.source])
            values = out
        outputs.append(values)
    return outputs


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [1, 6, 30])
def test_the_estimate_of_the_product_is_unbiased(graph, assert_unbiased, kind, size):
    assert_unbiased(layers(graph, kind, [size]), (graph.matrix @ graph.x)[SEEDS])


@pytest.mark.parametrize("kind", KINDS)
def test_two_linear_layers_are_unbiased(graph, assert_unbiased, kind):
    truth = (graph.matrix @ graph.matrix @ graph.x)[SEEDS]
    assert_unbiased(layers(graph, kind, [8, 12], 5000), truth)


@pytest.mark.parametrize("kind", KINDS)
def test_an_unweighted_estimate_is_caught(graph, assert_unbiased, kind):
    with pytest.raises(AssertionError):
        assert_unbiased(layers(graph, kind, [6], weighted=False), (graph.matrix @ graph.x)[SEEDS])


@pytest.mark.parametrize("kind", KINDS)
def test_sources_are_drawn_by_the_squared_norms_of_their_columns(graph, kind):
    # Arc by arc, as the layer's matrix is stored: a parallel arc is an entry of its own.
    rows = np.arange(graph.n) if kind == "fastgcn" else SEEDS
    squares = np.zeros(graph.n)
    for row in rows:
        for arc in range(graph.pointers[row], graph.pointers[row + 1]):
            squares[graph.sources[arc]] += graph.weight[arc] ** 2
    rng = np.random.default_rng(0)
    sampler = LayerImportance(graph.pointers, graph.sources, graph.weight, kind=kind)
    heard = np.unique(
        np.concatenate([graph.sources[graph.pointers[v] : graph.pointers[v + 1]] for v in SEEDS])
    )
    counts, missed, n_draws = np.zeros(graph.n), 0, 6000
    for _ in range(n_draws):
        [block] = sampler.sample(SEEDS, [1], rng)
        drawn = np.unique(block.nodes[block.source])
        assert len(drawn) <= 1
        counts[drawn] += 1
        missed += len(drawn) == 0
    expected = squares[heard] / squares.sum() * n_draws
    observed = counts[heard]
    assert missed + observed.sum() == n_draws
    if kind == "fastgcn":  # which also draws nodes that no target hears
        expected, observed = np.append(expected, n_draws - expected.sum()), np.append(observed, missed)
    assert stats.chisquare(observed, expected).pvalue > 1e-3


def test_the_dependent_sampler_varies_less(graph):
    spread = {kind: np.std(layers(graph, kind, [6], 1000), axis=0).sum() for kind in KINDS}
    assert spread["ladies"] < spread["fastgcn"]


@pytest.mark.parametrize("kind", KINDS)
def test_blocks_fit_together_and_carry_the_arcs_of_the_graph(graph, kind):
    sampler = LayerImportance(graph.pointers, graph.sources, graph.weight, kind=kind)
    outer, inner = sampler.sample(SEEDS, [5, 9], np.random.default_rng(0))
    np.testing.assert_array_equal(inner.nodes[:5], SEEDS)
    np.testing.assert_array_equal(outer.nodes[: outer.n_targets], inner.nodes)
    targets = np.repeat(np.arange(graph.n), np.diff(graph.pointers))
    for block, size in ((inner, 5), (outer, 9)):
        np.testing.assert_array_equal(block.nodes[block.source], graph.sources[block.arc])
        np.testing.assert_array_equal(block.nodes[block.target], targets[block.arc])
        assert (np.diff(block.target) >= 0).all()
        assert len(np.unique(block.source)) <= size


@pytest.mark.parametrize("kind", KINDS)
def test_a_graph_without_weight_gives_blocks_without_arcs(kind):
    for arcs in (([0, 0, 0], [], []), ([0, 1, 2], [1, 0], [0.0, 0.0])):
        [block] = LayerImportance(*arcs, kind=kind).sample([1], [3], np.random.default_rng(0))
        assert len(block.arc) == len(block.factor) == 0
        assert block.nodes.tolist() == [1]


def test_bad_input_is_refused_in_a_sentence(graph):
    arcs = graph.pointers, graph.sources
    with pytest.raises(ValueError, match="kind is 'gcn'; choose one of fastgcn, ladies"):
        LayerImportance(*arcs, graph.weight, kind="gcn")
    with pytest.raises(ValueError, match="weight has values that are NaN"):
        LayerImportance(*arcs, np.where(graph.weight > 1, np.nan, 1))
    with pytest.raises(ValueError, match="sources have ids out of range"):
        LayerImportance([0, 1], [4], [1.0], kind="fastgcn")
    sampler = LayerImportance(*arcs, graph.weight)
    with pytest.raises(ValueError, match="a size is None; give an integer of at least 1"):
        sampler.sample([0], [None], np.random.default_rng(0))
    with pytest.raises(TypeError, match="rng is of type NoneType"):
        sampler.sample([0], [2], None)
