import numpy as np
import pytest

from deepstat.graph.sampling.walk_batches import WalkBatches


def make(graph, nodes, **options):
    given = {"n_roots": 3, "walk_length": 2, "n_presamples": 2000, **options}
    return WalkBatches(graph.pointers, graph.sources, nodes, **given)


def test_a_batch_is_a_function_of_seed_and_step(graph):
    one, other = make(graph, np.arange(5), n_presamples=5), make(graph, np.arange(5), n_presamples=5)
    for name in ("nodes", "arc", "node_factor", "arc_factor"):
        np.testing.assert_array_equal(getattr(one.draw(3, 7), name), getattr(other.draw(3, 7), name))
    assert not np.array_equal(one.draw(3, 7).nodes, one.draw(3, 8).nodes)
    assert not np.array_equal(one.draw(3, 7).nodes, one.draw(4, 7).nodes)


def test_an_epoch_has_each_node_once_in_the_mean(graph):
    nodes = np.arange(0, graph.n, 3)
    batches = make(graph, nodes)
    met = sum(np.isin(nodes, batches.draw(0, step).nodes).sum() for step in range(400)) / 400
    assert abs(batches.n_steps - len(nodes) / met) <= 0.6


def test_each_node_is_counted_fifty_times_by_default(graph):
    batches = make(graph, np.arange(graph.n), n_presamples=None, n_roots=2, walk_length=0)
    assert batches.subgraphs.n_presamples == 50 * graph.n // 2


def test_numbers_out_of_range_are_refused(graph):
    with pytest.raises(ValueError, match="n_roots is 0"):
        make(graph, [0], n_roots=0)
