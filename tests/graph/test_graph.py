"""What a Graph keeps, refuses and shares."""

import copy
import pickle
from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse
from sklearn.base import clone

from deepstat.graph.graph import Graph

PATH = [[0, 1, 2], [1, 2, 3]]
TYPES = ["author", "paper", "paper", "author"]


def full():
    return Graph(
        [["a", "b", "c"], ["b", "c", "d"]],
        node_names=["a", "b", "c", "d"],
        node_features=sparse.csr_array(np.eye(4)),
        edge_weight=[1.0, 2.0, 0.0],
        edge_features=np.arange(6.0).reshape(3, 2),
        edge_time=np.array(["2020-01-01", "2020-01-02", "2020-01-03"], dtype="datetime64[D]"),
        node_type=TYPES,
        edge_type=["writes", "cites", "writes"],
        relations={"writes": ("author", "paper"), "cites": ("paper", "paper")},
        graph_features=[7.0],
    )


def arrays(value):
    if isinstance(value, np.ndarray):
        return [value]
    if sparse.issparse(value):
        return [value.data, value.indices, value.indptr]
    return []


@pytest.mark.parametrize(
    ("given", "n"),
    [
        ({}, 4),
        ({"n_nodes": 6}, 6),
        ({"n_nodes": np.int64(6)}, 6),
        ({"node_features": np.ones((5, 2))}, 5),
        ({"node_type": [0, 0, 1, 1, 1]}, 5),
    ],
)
def test_number_of_nodes_comes_from_what_is_given_else_from_the_largest_id(given, n):
    assert Graph(PATH, **given).n_nodes == n


@pytest.mark.parametrize("edges", [[], np.empty((2, 0)), [[], []], np.empty((2, 0), dtype=np.int32)])
def test_no_edges_is_a_graph(edges):
    for n in (0, 1, 3):
        graph = Graph(edges, n_nodes=n)
        assert (graph.n_nodes, graph.n_edges, len(graph.arcs)) == (n, 0, 0)
        assert graph.arcs.pointers.tolist() == [0] * (n + 1)
    assert Graph(edges).n_nodes == 0


def test_edges_and_their_order_are_kept_with_parallels_and_self_loops():
    edges = np.array([[1, 0, 1, 2], [0, 1, 0, 2]], dtype=np.int32)
    graph = Graph(edges)
    assert graph.edges.dtype == np.int64
    np.testing.assert_array_equal(graph.edges, edges)


def test_edges_are_named_where_nodes_are():
    graph = Graph([["x", "z"], ["y", "x"]], node_names=["z", "y", "x"])
    assert graph.edges.tolist() == [[2, 0], [1, 2]]
    assert Graph([[20], [10]], node_names=[10, 20]).edges.tolist() == [[1], [0]]
    grid = Graph([[(0, 0)], [(0, 1)]], node_names=[(0, 1), (0, 0)])
    assert grid.edges.tolist() == [[1], [0]]
    assert grid.positions([(0, 0)]).tolist() == [1]


def test_types_become_codes_of_sorted_names():
    graph = full()
    assert graph.node_types == ("author", "paper")
    assert graph.node_type.tolist() == [0, 1, 1, 0]
    assert graph.edge_types == ("cites", "writes")
    assert graph.edge_type.tolist() == [1, 0, 1]
    assert graph.row_in_type.tolist() == [0, 0, 1, 1]
    assert Graph(PATH).row_in_type.tolist() == [0, 1, 2, 3]


def test_an_undirected_edge_may_stand_in_either_direction_of_its_relation():
    backward = {
        "edges": [[1], [0]],
        "node_type": ["a", "b"],
        "edge_type": ["r"],
        "relations": {"r": ("a", "b")},
    }
    assert Graph(**backward).relations == {"r": ("a", "b")}
    with pytest.raises(ValueError, match=r"Edge 0 of type 'r' joins \('b', 'a'\), but relations says"):
        Graph(**backward, directed=True)


def test_features_keep_float32_and_turn_the_rest_to_float64():
    for given, kept in (
        (np.float32, np.float32),
        (np.int8, np.float64),
        (bool, np.float64),
        (np.float64, np.float64),
    ):
        assert Graph(PATH, node_features=np.ones((4, 2), dtype=given)).node_features.dtype == kept
        matrix = sparse.coo_matrix(np.ones((4, 2), dtype=given))
        kept_matrix = Graph(PATH, node_features=matrix).node_features
        assert isinstance(kept_matrix, sparse.csr_array)
        assert kept_matrix.dtype == kept


def test_duplicate_entries_of_sparse_features_are_summed_and_the_given_matrix_is_left_alone():
    matrix = sparse.csr_matrix((np.ones(2), np.array([0, 0]), np.array([0, 2])), shape=(1, 1))
    graph = Graph([], node_features=matrix)
    assert graph.node_features.toarray() == [[2.0]]
    assert matrix.nnz == 2
    assert matrix.data.flags.writeable


@pytest.mark.parametrize("library", [pd, pl])
def test_frames_and_series_are_read(library):
    frame = library.DataFrame({"x": [1, 2, 3], "y": [0.5, 1.5, 2.5]})
    names = library.Series(["a", "b", "c"])
    graph = Graph(
        [["a"], ["c"]], node_names=names, node_features=frame, node_type=names, edge_time=library.Series([3])
    )
    np.testing.assert_array_equal(graph.node_features, [[1, 0.5], [2, 1.5], [3, 2.5]])
    assert graph.edges.tolist() == [[0], [2]]
    assert graph.node_names.dtype.kind == "U"


def test_times_are_numbers_or_dates_in_utc():
    assert Graph([[0], [1]], edge_time=[3]).edge_time.dtype == np.float64
    east = datetime(2024, 5, 1, 2, tzinfo=timezone(timedelta(hours=2)))
    for given in ([datetime(2024, 5, 1)], [east], pd.Series([east]), [datetime(2024, 5, 1, tzinfo=UTC)]):
        assert Graph([[0], [1]], edge_time=given).edge_time == np.array(
            ["2024-05-01"], dtype="datetime64[us]"
        )


def test_features_of_types_stand_in_the_order_of_their_nodes():
    by_type = {"author": [[1.0], [2.0]], "paper": sparse.csr_array(np.eye(2, 3))}
    graph = Graph(PATH, node_type=TYPES, node_features=by_type)
    assert graph.node_features["author"][graph.row_in_type[3]].tolist() == [2.0]
    assert graph.node_features["paper"].shape == (2, 3)


def test_nothing_of_a_graph_can_be_changed():
    graph = full()
    for name, value in vars(graph).items():
        assert not any(array.flags.writeable for array in arrays(value)), name
    for array in arrays(graph.arcs.source) + arrays(graph.arcs.weight) + arrays(graph.arcs.pointers):
        assert not array.flags.writeable
    with pytest.raises(AttributeError, match="A Graph does not change: n_nodes"):
        graph.n_nodes = 3
    with pytest.raises(AttributeError, match="A Graph does not change: edges"):
        del graph.edges
    with pytest.raises(TypeError):
        graph.relations["new"] = ("author", "author")


def test_what_is_handed_in_is_copied_unless_it_is_read_only():
    features, weight, edges = np.ones((4, 2)), np.ones(3), np.array(PATH)
    graph = Graph(edges, node_features=features, edge_weight=weight)
    features[:] = weight[:] = edges[:] = 9
    assert (graph.node_features == 1).all()
    assert (graph.edge_weight == 1).all()
    assert graph.edges.max() == 3
    assert features.flags.writeable
    features.flags.writeable = False
    assert Graph(PATH, node_features=features).node_features is features
    matrix = sparse.csr_array(np.eye(4))
    assert Graph(PATH, node_features=matrix).node_features.data is not matrix.data
    matrix.data.flags.writeable = False
    assert np.shares_memory(Graph(PATH, node_features=matrix).node_features.data, matrix.data)


def test_copies_and_clones_are_the_graph_itself():
    graph = full()
    assert copy.copy(graph) is graph
    assert copy.deepcopy(graph) is graph
    assert clone(graph) is graph
    assert graph == graph
    assert graph != full()
    assert len({graph, graph}) == 1


def test_a_pickled_graph_is_the_same_and_still_does_not_change():
    graph = full()
    graph.arcs
    read = pickle.loads(pickle.dumps(graph))
    assert repr(read) == repr(graph)
    assert "arcs" not in vars(read)
    np.testing.assert_array_equal(read.arcs.source, graph.arcs.source)
    np.testing.assert_array_equal(read.edge_time, graph.edge_time)
    assert read.relations == graph.relations
    assert not read.edges.flags.writeable
    assert not read.node_features.data.flags.writeable
    by_type = Graph([], node_type=["a", "b"], node_features={"a": [[1.0]], "b": [[2.0]]})
    assert pickle.loads(pickle.dumps(by_type)).node_features["b"].tolist() == [[2.0]]


def test_repr_says_what_there_is():
    assert repr(full()) == (
        "Graph(4 nodes, 3 undirected edges, node types author, paper, edge types cites, writes, node_names, "
        "node_features (4, 4) sparse, edge_weight, edge_features (3, 2), edge_time, graph_features (1,))"
    )
    assert repr(Graph([[0], [0]], directed=True)) == "Graph(1 node, 1 directed edge)"
    by_type = Graph([], node_type=["a", "b"], node_features={"a": [[1.0]], "b": [[2.0]]})
    assert (
        repr(by_type)
        == "Graph(2 nodes, 0 undirected edges, node types a, b, node_features {a: (1, 1), b: (1, 1)})"
    )


def test_positions_look_up_names_and_check_ids():
    graph = full()
    assert graph.positions(["d", "a"]).tolist() == [3, 0]
    assert graph.positions(np.array([["d", "a"], ["b", "b"]])).tolist() == [[3, 0], [1, 1]]
    assert graph.positions([]).tolist() == []
    plain = Graph(PATH)
    assert plain.positions([[0, 3]]).tolist() == [[0, 3]]
    assert plain.positions(np.array([3], dtype=np.uint8)).dtype == np.int64


@pytest.mark.parametrize(
    ("graph", "nodes", "error", "sentence"),
    [
        (full, ["a", "q"], ValueError, r"nodes holds 1 name that is not in node_names: 'q'\."),
        (
            full,
            list("qrstuv"),
            ValueError,
            r"nodes holds 6 names that are not in node_names: 'q', .*, \.\.\.\.",
        ),
        (full, [0], ValueError, r"nodes holds 1 name that is not in node_names: 0\."),
        (full, "a", TypeError, "nodes must be a sequence of labels, not 'a'"),
        (
            lambda: Graph(PATH),
            [4],
            ValueError,
            "nodes holds 4 but the graph has 4 nodes: ids run from 0 to 3",
        ),
        (lambda: Graph(PATH), [-1], ValueError, "nodes holds -1 but"),
        (
            lambda: Graph([]),
            [0],
            ValueError,
            "nodes holds 0 but the graph has 0 nodes: there is none to name",
        ),
        (lambda: Graph(PATH), [0.0], TypeError, "nodes must be whole numbers, not float64"),
        (
            lambda: Graph(PATH),
            ["a"],
            TypeError,
            "nodes must be whole numbers, not .*or hand the nodes' labels",
        ),
        (lambda: Graph(PATH), [True], TypeError, "nodes must be whole numbers, not bool: of a mask take"),
        (
            lambda: Graph(PATH),
            [[0], [1, 2]],
            ValueError,
            "nodes must be an array, but its rows differ in length",
        ),
    ],
)
def test_unknown_nodes_get_one_sentence(graph, nodes, error, sentence):
    with pytest.raises(error, match=sentence):
        graph().positions(nodes)
