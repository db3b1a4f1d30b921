"""Arcs against plain Python loops."""

import numpy as np
from hypothesis import given, settings
from random_graphs import random_graphs

from deepstat.graph.graph import Graph


def test_the_arcs_of_a_graph_solved_by_hand():
    arcs = Graph([[2, 0, 1, 0], [0, 1, 1, 2]], edge_weight=[1.0, 2.0, 3.0, 4.0]).arcs
    assert arcs.target.tolist() == [0, 0, 0, 1, 1, 2, 2]
    assert arcs.source.tolist() == [1, 2, 2, 0, 1, 0, 0]
    assert arcs.edge.tolist() == [1, 0, 3, 1, 2, 3, 0]
    assert arcs.reverse.tolist() == [True, False, True, False, False, False, True]
    assert arcs.weight.tolist() == [2.0, 1.0, 4.0, 2.0, 3.0, 4.0, 1.0]
    assert arcs.pointers.tolist() == [0, 3, 5, 7]
    assert repr(arcs) == "Arcs(7 arcs into 3 nodes, weighted)"


@settings(max_examples=300, deadline=None)
@given(random_graphs())
def test_arcs_are_the_edges_in_their_directions_sorted(graph):
    arcs = graph.arcs
    expected = []
    for edge, (source, target) in enumerate(graph.edges.T.tolist()):
        expected.append((target, source, edge, False))
        if not graph.directed and source != target:
            expected.append((source, target, edge, True))
    found = list(
        zip(
            arcs.target.tolist(), arcs.source.tolist(), arcs.edge.tolist(), arcs.reverse.tolist(), strict=True
        )
    )
    assert sorted(found) == sorted(expected)
    assert [arc[:2] for arc in found] == sorted(arc[:2] for arc in expected)
    for node in range(graph.n_nodes):
        assert (arcs.target[arcs.pointers[node] : arcs.pointers[node + 1]] == node).all()
    assert arcs.pointers[-1] == len(arcs)
    if graph.edge_weight is None:
        assert arcs.weight is None
    else:
        np.testing.assert_array_equal(arcs.weight, graph.edge_weight[arcs.edge])
    for array in (arcs.source, arcs.target, arcs.edge, arcs.pointers):
        assert array.dtype == np.int64
        assert not array.flags.writeable
