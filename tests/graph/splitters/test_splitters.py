import copy
import pickle

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, KFold, cross_val_score
from sklearn.neighbors import KNeighborsClassifier

from deepstat.graph.graph import Graph
from deepstat.graph.splitters import (
    ComponentKFold,
    EdgeKFold,
    PartitionKFold,
    TemporalSplit,
    graph_before,
    inductive_graph,
)

REFERENCE = nx.disjoint_union_all([nx.path_graph(size) for size in (9, 7, 5, 4, 3, 1, 1)])
GRAPH = Graph(np.array(REFERENCE.edges).T, n_nodes=30, edge_time=np.arange(23.0) // 2)
NODES = np.arange(30)[:, None]
TIME = np.arange(30) // 3


def splitters():
    """Return a splitter of each kind with an X that it splits."""
    return [
        (ComponentKFold(GRAPH, 3), NODES),
        (PartitionKFold(GRAPH, 3), NODES),
        (TemporalSplit(GRAPH, 3, node_time=TIME), NODES),
        (TemporalSplit(GRAPH, 3), GRAPH.edges.T),
        (EdgeKFold(GRAPH, 3), GRAPH.edges.T),
    ]


each_splitter = pytest.mark.parametrize(
    ("splitter", "X"), splitters(), ids=["component", "partition", "node time", "edge time", "edge"]
)


@each_splitter
def test_splitters_work_in_scikit_learns_tools(splitter, X):
    y = np.arange(len(X)) % 2
    model = KNeighborsClassifier(1)
    assert len(cross_val_score(model, X, y, cv=splitter)) == splitter.get_n_splits(X, y) == 3
    search = clone(GridSearchCV(model, {"n_neighbors": [1, 2]}, cv=splitter))
    assert search.fit(X, y).n_splits_ == 3


@each_splitter
def test_splitters_are_copied_pickled_and_shown(splitter, X):
    assert type(splitter).__name__ in repr(splitter)
    assert "n_splits=3" in repr(splitter)
    assert "Graph(30 nodes" in repr(splitter)
    assert copy.deepcopy(splitter).graph is GRAPH
    expected = [test.tolist() for _, test in splitter.split(X)]
    for other in (clone(splitter, safe=False), pickle.loads(pickle.dumps(splitter)), splitter):
        assert [test.tolist() for _, test in other.split(X)] == expected


@each_splitter
def test_training_and_test_rows_are_disjoint_and_each_row_is_tested_at_most_once(splitter, X):
    tested = np.zeros(len(X), dtype=int)
    for train, test in splitter.split(X):
        assert not set(train) & set(test)
        assert len(train) > 0
        assert len(test) > 0
        tested[test] += 1
        if not isinstance(splitter, TemporalSplit):
            assert len(train) + len(test) == len(X)
    assert tested.max() == 1
    assert isinstance(splitter, TemporalSplit) or tested.min() == 1


def test_component_folds_divide_no_component_and_are_balanced():
    member = {node: i for i, nodes in enumerate(nx.connected_components(REFERENCE)) for node in nodes}
    sizes = []
    for train, test in ComponentKFold(GRAPH, 3).split(NODES):
        assert not {member[node] for node in train} & {member[node] for node in test}
        sizes.append(len(test))
    assert sorted(sizes) == [10, 10, 10]


def test_component_folds_follow_a_directed_edge_in_either_direction():
    graph = Graph([[0, 2, 4], [1, 1, 3]], directed=True)
    folds = [set(test.tolist()) for _, test in ComponentKFold(graph, 2).split(range(5))]
    assert sorted(map(sorted, folds)) == [[0, 1, 2], [3, 4]]


def test_partition_folds_are_parts_and_the_cut_edges_are_those_between_them():
    grid = nx.convert_node_labels_to_integers(nx.grid_2d_graph(8, 8))
    graph = Graph(np.array(grid.edges).T)
    splitter = PartitionKFold(graph, 4)
    fold = np.empty(64, dtype=int)
    for k, (_, test) in enumerate(splitter.split(range(64))):
        fold[test] = k
    assert np.bincount(fold).tolist() == [16] * 4
    between = [place for place, (u, v) in enumerate(grid.edges) if fold[u] != fold[v]]
    assert splitter.cut_edges().tolist() == between
    assert len(between) <= 24  # four squares cut 16 of the 112 edges, folds at random 84
    assert not nx.is_connected(nx.Graph(graph.without_edges(splitter.cut_edges()).edges.T.tolist()))


def test_more_parts_than_folds_are_put_together_by_the_rows_of_x():
    splitter = PartitionKFold(GRAPH, 3, n_parts=9)
    parts = splitter.parts()
    assert len(set(parts)) == 9
    rows = NODES[::2, 0]
    for train, test in splitter.split(rows):
        assert not set(parts[rows[train]]) & set(parts[rows[test]])


@settings(deadline=None)
@given(st.lists(st.integers(0, 12), min_size=2, max_size=40), st.integers(1, 6), st.booleans())
def test_training_is_strictly_before_the_test(times, n_splits, dates):
    times = np.array(times)
    given_times = np.datetime64("2020-01-01") + times if dates else times
    splitter = TemporalSplit(Graph([[0], [1]]), n_splits)
    X = np.zeros(len(times), dtype=int)
    if len(set(times)) <= n_splits:
        with pytest.raises(ValueError, match="use fewer folds"):
            list(splitter.split(X, groups=given_times))
        return
    folds = list(splitter.split(X, groups=given_times))
    assert len(folds) == n_splits
    boundaries = splitter.boundaries(X, groups=given_times)
    after = []
    for (train, test), boundary in zip(folds, boundaries, strict=True):
        assert times[train].max() < times[test].min()
        assert given_times[test].min() == boundary
        # All that is earlier than a test row is trained on or was in an earlier test.
        assert set(train) == set(np.flatnonzero(times < times[test].min()))
        after += test.tolist()
    assert sorted(after) == np.flatnonzero(given_times >= boundaries[0]).tolist()


def test_temporal_blocks_have_about_the_same_number_of_rows():
    splitter = TemporalSplit(Graph([[0], [1]]), 4)
    sizes = [len(test) for _, test in splitter.split(np.zeros(100, dtype=int), groups=np.arange(100))]
    assert sizes == [20] * 4


def test_a_node_appears_with_its_first_edge_and_a_pair_when_it_is_first_joined():
    days = pd.to_datetime(["2024-01-03", "2024-01-01", "2024-01-02", "2024-01-04"])
    graph = Graph([["a", "b", "b", "d"], ["b", "c", "a", "c"]], node_names=list("abcd"), edge_time=days)
    nodes = TemporalSplit(graph, 2).boundaries(["d", "c", "b", "a"])
    assert nodes.astype("datetime64[D]").astype(str).tolist() == ["2024-01-02", "2024-01-04"]
    pairs = TemporalSplit(graph, 2).boundaries(np.array([["a", "b"], ["c", "b"], ["c", "d"]]))
    assert pairs.astype("datetime64[D]").astype(str).tolist() == ["2024-01-02", "2024-01-04"]


def test_the_graph_before_a_time_has_only_earlier_edges():
    assert graph_before(GRAPH, 3).edge_time.max() == 2.0
    assert graph_before(GRAPH, 3).n_nodes == 30
    dated = Graph([[0, 1], [1, 2]], edge_time=np.array(["2024-01-01", "2024-02-01"], dtype="datetime64[D]"))
    for time in ("2024-02-01", np.datetime64("2024-02-01"), pd.Timestamp("2024-01-15")):
        assert graph_before(dated, time).edges.tolist() == [[0], [1]]


@settings(deadline=None)
@given(st.data(), st.booleans(), st.booleans())
def test_both_directions_of_a_link_are_in_one_fold(data, directed, shuffle):
    node = st.integers(0, 5)
    X = np.array(data.draw(st.lists(st.tuples(node, node), min_size=4, max_size=30)))
    graph = Graph(np.zeros((2, 0), dtype=int), n_nodes=6, directed=directed)
    keys = [tuple(pair) if directed else tuple(sorted(pair)) for pair in X.tolist()]
    splitter = EdgeKFold(graph, 2, shuffle=shuffle, random_state=0 if shuffle else None)
    if len(set(keys)) < 2:
        with pytest.raises(ValueError, match="fewer than n_splits=2"):
            list(splitter.split(X))
        return
    for train, test in splitter.split(X):
        assert not {keys[row] for row in train} & {keys[row] for row in test}


def test_edge_folds_of_different_links_are_those_of_k_fold():
    X = GRAPH.edges.T
    for options in ({}, {"shuffle": True, "random_state": 3}):
        expected = [test.tolist() for _, test in KFold(4, **options).split(X)]
        assert [test.tolist() for _, test in EdgeKFold(GRAPH, 4, **options).split(X)] == expected


def test_the_inductive_graph_is_the_induced_subgraph_with_ids_as_names():
    graph = Graph([[0, 1, 2, 3], [1, 2, 3, 0]], node_features=np.arange(4.0)[:, None])
    training = inductive_graph(graph, [[3], [0], [0]])
    assert training.positions([0, 3]).tolist() == [0, 1]
    assert training.edges.tolist() == [[1], [0]]
    assert training.node_features.tolist() == [[0.0], [3.0]]
    with pytest.raises(ValueError, match="1"):
        training.positions([1])


def test_the_inductive_graph_keeps_names():
    graph = Graph([["a", "b"], ["b", "c"]], node_names=["c", "b", "a"])
    training = inductive_graph(graph, pd.Series(["c", "b"]))
    assert training.node_names.tolist() == ["c", "b"]
    assert training.edges.tolist() == [[1], [0]]


@pytest.mark.parametrize("name", ["a", "b"])
def test_rows_may_be_frames_of_names(name):
    graph = Graph([["a"], ["b"]], node_names=["a", "b"])
    frame = pd.DataFrame({"node": ["a", "b", name]})
    sizes = sorted(len(test) for _, test in PartitionKFold(graph, 2).split(frame))
    assert sizes == [1, 2]


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: ComponentKFold(GRAPH, 1), "n_splits=1 is not allowed: give an integer of at least 2"),
        (lambda: ComponentKFold(GRAPH, 8).split(NODES), r"lie in 7 connected component\(s\), fewer than"),
        (lambda: ComponentKFold(GRAPH, 2).split([0, 99]), "99"),
        (lambda: ComponentKFold(GRAPH, 2).split(GRAPH.edges.T), "is no list of nodes"),
        (lambda: PartitionKFold(GRAPH, 3, n_parts=2), "n_parts=2 is not allowed"),
        (lambda: PartitionKFold(GRAPH, 3).split([0, 0, 0]), r"lie in 1 part\(s\) of the graph"),
        (lambda: EdgeKFold(GRAPH, 3).split(NODES), "is no list of pairs"),
        (lambda: EdgeKFold(GRAPH, 3, random_state=0), "no effect without shuffle=True"),
        (lambda: TemporalSplit(GRAPH, 0), "n_splits=0 is not allowed"),
        (lambda: TemporalSplit(GRAPH).split(NODES), "Node 28 has no edge"),
        (lambda: TemporalSplit(GRAPH).split([[0, 1], [0, 5]]), "Nodes 0 and 5 are not joined"),
        (lambda: TemporalSplit(Graph([[0], [1]])).split([0, 1]), "has no edge_time"),
        (lambda: TemporalSplit(GRAPH, node_time=[1.0]).split(NODES), "give a list of 30 times"),
        (lambda: TemporalSplit(GRAPH).split([0, 1], groups=[1.0, np.nan]), "groups has missing times"),
        (lambda: TemporalSplit(GRAPH).split([0, 1], groups=["soon", "late"]), "what is no time"),
        (lambda: graph_before(GRAPH, np.datetime64("2024-01-01")), "cannot be compared"),
        (lambda: graph_before(GRAPH, np.nan), "time has missing times"),
        (lambda: graph_before(GRAPH, [1.0, 2.0]), "give one time"),
    ],
)
def test_wrong_splits_are_refused_in_a_sentence(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        list(call())
