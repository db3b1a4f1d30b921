import numpy as np
import pytest

from deepstat.graph.sampling.cluster_subgraphs import ClusterSubgraphs


def epochs(graph, n_joined, n_epochs=1500, *, counted=True):
    """Return the propagated x of all nodes in each epoch."""
    sampler = ClusterSubgraphs(graph.pointers, graph.sources, np.arange(graph.n) % 6, n_joined)
    rng = np.random.default_rng(1)
    sums = np.zeros((n_epochs, graph.n))
    for out in sums:
        for sub in sampler.epoch(rng):
            factor = sub.arc_factor if counted else 1.0
            message = graph.weight[sub.arc] * factor * graph.x[sub.nodes[sub.source]]
            np.add.at(out, sub.nodes[sub.target], message)
    return sums


@pytest.mark.parametrize("n_joined", [2, 3])
def test_sums_over_arcs_are_unbiased_over_epochs(graph, assert_unbiased, n_joined):
    assert_unbiased(epochs(graph, n_joined), graph.matrix @ graph.x)


@pytest.mark.parametrize(("n_joined", "counted"), [(2, False), (1, True)])
def test_sums_that_miss_arcs_are_caught(graph, assert_unbiased, n_joined, counted):
    with pytest.raises(AssertionError):
        assert_unbiased(epochs(graph, n_joined, 300, counted=counted), graph.matrix @ graph.x)


def test_all_parts_joined_are_the_graph(graph):
    np.testing.assert_allclose(epochs(graph, 6, 1)[0], graph.matrix @ graph.x)


def test_an_epoch_has_each_node_once_and_all_arcs_between_the_nodes_of_a_batch(graph):
    part = np.random.default_rng(0).permutation(np.arange(graph.n) % 4)
    sampler = ClusterSubgraphs(graph.pointers, graph.sources, part, 2)
    targets = np.repeat(np.arange(graph.n), np.diff(graph.pointers))
    batches = list(sampler.epoch(np.random.default_rng(0)))
    assert np.sort(np.concatenate([sub.nodes for sub in batches])).tolist() == list(range(graph.n))
    for sub in batches:
        assert len(np.unique(part[sub.nodes])) == 2
        inside = np.isin(graph.sources, sub.nodes) & np.isin(targets, sub.nodes)
        np.testing.assert_array_equal(np.sort(sub.arc), np.flatnonzero(inside))
        np.testing.assert_array_equal(sub.nodes[sub.source], graph.sources[sub.arc])
        np.testing.assert_array_equal(sub.nodes[sub.target], targets[sub.arc])
        np.testing.assert_array_equal(sub.node_factor, 2.0)


@pytest.mark.parametrize(
    ("part", "n_joined", "sentence"),
    [
        ([0, 1, 2], 2, "n_joined is 2; give a divisor of the number of parts, 3"),
        ([0, 2, 2], 1, "part must number the parts from 0, with at least one node in each"),
        ([0, -1, 1], 1, "part must number the parts from 0"),
        ([0, 1], 1, "give an integer for each of 3 nodes"),
        ([0.0, 1.0, 1.0], 1, "part is float64"),
        ([0, 1, 1], 0, "n_joined is 0; give an integer of at least 1"),
    ],
)
def test_bad_input_is_refused_in_a_sentence(part, n_joined, sentence):
    with pytest.raises(ValueError, match=sentence):
        ClusterSubgraphs([0, 0, 1, 2], [0, 1], part, n_joined)
