import numpy as np
import pytest

from deepstat.graph.sampling.local_ids import LocalIds


def test_numbers_are_those_of_a_dictionary_filled_in_turn():
    rng = np.random.default_rng(0)
    local = LocalIds(50)
    for _ in range(20):
        seeds = rng.permutation(50)[:5]
        local.begin(seeds)
        known = set(seeds.tolist())
        for _ in range(3):
            nodes = rng.integers(50, size=30)
            numbers = local.add(nodes)
            np.testing.assert_array_equal(local.nodes[numbers], nodes)
            known |= set(nodes.tolist())
        assert len(local.nodes) == len(known)
        assert set(local.nodes.tolist()) == known
        np.testing.assert_array_equal(local.nodes[:5], seeds)
        everything = np.arange(50)
        np.testing.assert_array_equal(local.find(everything) >= 0, [node in known for node in everything])


def test_a_batch_that_failed_leaves_nothing_behind():
    local = LocalIds(10)
    with pytest.raises(ValueError, match="seeds name a node twice; give each node once"):
        local.begin([1, 2, 1])
    local.begin([3])
    np.testing.assert_array_equal(local.find(np.array([1, 2, 3])), [-1, -1, 0])


@pytest.mark.parametrize(
    ("seeds", "sentence"),
    [
        ([-1], "seeds have ids from -1 to -1; the graph has 10 nodes"),
        ([3, 10], "seeds have ids from 3 to 10"),
        ([0.5], "seeds must be a vector of node ids, not float64"),
        ([[1]], "seeds must be a vector of node ids"),
    ],
)
def test_bad_ids_are_refused_in_a_sentence(seeds, sentence):
    with pytest.raises(ValueError, match=sentence):
        LocalIds(10).begin(seeds)
