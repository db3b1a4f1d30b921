import numpy as np

from deepstat.graph.sampling.cluster_batches import ClusterBatches
from deepstat.graph.sampling.cluster_subgraphs import ClusterSubgraphs


def make(graph):
    return ClusterBatches(ClusterSubgraphs(graph.pointers, graph.sources, np.arange(graph.n) % 6, 2))


def test_each_epoch_has_each_node_once_and_joins_anew(graph):
    batches, epochs = make(graph), []
    assert batches.n_steps == 3
    for epoch in range(4):
        drawn = [batches.draw(5, 3 * epoch + batch).nodes for batch in range(3)]
        assert np.sort(np.concatenate(drawn)).tolist() == list(range(graph.n))
        epochs.append({frozenset(nodes.tolist()) for nodes in drawn})
    assert any(epoch != epochs[0] for epoch in epochs)


def test_a_batch_is_a_function_of_seed_and_step(graph):
    np.testing.assert_array_equal(make(graph).draw(5, 4).nodes, make(graph).draw(5, 4).nodes)
    assert any(
        not np.array_equal(make(graph).draw(5, s).nodes, make(graph).draw(6, s).nodes) for s in range(6)
    )
