import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from deepstat.graph.walks import cooccurrences


def counted(walks, window, n_nodes):
    """Count pairs as algorithm 2 of DeepWalk does: each node with each other of its window."""
    counts = np.zeros((n_nodes, n_nodes), dtype=int)
    for walk in walks:
        for place, node in enumerate(walk):
            for other, context in enumerate(walk):
                if place != other and abs(place - other) <= window and node >= 0 and context >= 0:
                    counts[node, context] += 1
    return counts


@given(arrays(int, (3, 6), elements=st.integers(-1, 3)), st.integers(1, 9))
def test_cooccurrences_are_those_of_counting_each_window(walks, window):
    assert np.array_equal(cooccurrences(walks, window, n_nodes=4).toarray(), counted(walks, window, 4))


def test_walks_of_one_node_meet_nobody():
    assert cooccurrences([[0], [1]], 5).nnz == 0
    assert cooccurrences(np.zeros((0, 4), dtype=int), 5, n_nodes=3).shape == (3, 3)


@pytest.mark.parametrize(
    ("walks", "window", "n_nodes", "sentence"),
    [
        ([0, 1], 1, None, "a walk a row"),
        ([[0.5, 1.0]], 1, None, "matrix of node ids"),
        ([[0, -2]], 1, None, "matrix of node ids"),
        ([[0, 1]], 0, None, "window=0 is not allowed"),
        ([[0, 7]], 1, 7, "visit node 7, but n_nodes=7"),
    ],
)
def test_wrong_walks_are_refused_in_a_sentence(walks, window, n_nodes, sentence):
    with pytest.raises(ValueError, match=sentence):
        cooccurrences(walks, window, n_nodes=n_nodes)
