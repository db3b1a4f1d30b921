"""From and to networkx, adjacency matrices, frames and PyTorch Geometric."""

import sys

import networkx as nx
import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import assume, given, settings
from random_graphs import as_networkx, random_graphs
from scipy import sparse

from deepstat.graph.adjacency import adjacency
from deepstat.graph.from_adjacency import from_adjacency, to_adjacency
from deepstat.graph.from_edges_frame import from_edges_frame, to_edges_frame
from deepstat.graph.from_networkx import from_networkx, to_networkx
from deepstat.graph.from_pyg import from_pyg, to_pyg
from deepstat.graph.graph import Graph

DATES = np.array(["2020-01-01", "2020-01-02"], dtype="datetime64[s]")


def same(first, second):
    """Whether two graphs have the same nodes and, whatever their order and (undirected) direction, the same edges."""

    def edges(graph):
        ends = graph.edges if graph.directed else np.sort(graph.edges, axis=0)
        weight = np.ones(graph.n_edges) if graph.edge_weight is None else graph.edge_weight
        return sorted(zip(*ends.tolist(), weight.tolist(), strict=True))

    def names(graph):
        return list(range(graph.n_nodes)) if graph.node_names is None else graph.node_names.tolist()

    return (first.directed, names(first), edges(first)) == (second.directed, names(second), edges(second))


def carrying_all(directed=True):
    return Graph(
        [["a", "c"], ["b", "b"]],
        directed=directed,
        node_names=["a", "b", "c"],
        node_features=[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]],
        edge_weight=[0.5, 2.0],
        edge_features=[[7.0], [8.0]],
        edge_time=DATES,
        node_type=["x", "y", "x"],
        edge_type=["r", "s"],
        graph_features=[9.0],
    )


@settings(max_examples=100, deadline=None)
@given(random_graphs())
def test_networkx_and_back_is_the_same_graph(graph):
    assert same(from_networkx(to_networkx(graph)), graph)
    assert same(from_networkx(as_networkx(graph)), graph)
    expected = as_networkx(graph)
    written = type(expected)(to_networkx(graph))
    assert nx.utils.graphs_equal(written, expected) or graph.edge_weight is None
    assert sorted(written.edges()) == sorted(expected.edges())


def test_networkx_gets_and_gives_back_what_a_graph_carries():
    graph = carrying_all()
    written = to_networkx(graph)
    assert isinstance(written, nx.DiGraph)
    assert not written.is_multigraph()
    assert written.nodes["b"]["type"] == "y"
    assert written.edges["c", "b"]["time"] == DATES[1]
    read = from_networkx(
        written,
        node_features="features",
        edge_features="features",
        edge_time="time",
        node_type="type",
        edge_type="type",
        graph_features="features",
    )
    assert repr(read) == repr(graph)
    for name in (
        "node_features",
        "edge_features",
        "edge_weight",
        "edge_time",
        "node_type",
        "edge_type",
        "edges",
    ):
        np.testing.assert_array_equal(getattr(read, name), getattr(graph, name))
    assert read.graph_features.tolist() == [9.0]


def test_sparse_and_typed_features_become_vectors_of_networkx_nodes():
    by_type = {"p": sparse.csr_array([[1.0, 0.0], [0.0, 3.0]]), "q": [[2.0]]}
    graph = Graph([], node_type=["p", "q", "p"], node_features=by_type)
    features = [vector.tolist() for _, vector in to_networkx(graph).nodes(data="features")]
    assert features == [[1, 0], [2], [0, 3]]


def test_networkx_attributes_become_columns_and_a_missing_weight_is_1():
    written = nx.Graph()
    written.add_node("b", age=3, size=0.5)
    written.add_node("a", age=4, size=1.5)
    written.add_edge("a", "b", weight=2.0)
    written.add_edge("a", "a")
    graph = from_networkx(written, node_features=["age", "size"])
    assert graph.node_names.tolist() == ["b", "a"]
    assert graph.node_features.tolist() == [[3, 0.5], [4, 1.5]]
    assert sorted(graph.edge_weight) == [1, 2]
    assert from_networkx(written, node_features="age").node_features.tolist() == [[3], [4]]
    assert from_networkx(written, edge_weight=None).edge_weight is None


def test_networkx_names_stay_unless_they_are_the_ids():
    assert from_networkx(nx.path_graph(3)).node_names is None
    assert from_networkx(nx.Graph([(1, 0)])).node_names.tolist() == [1, 0]
    grid = from_networkx(nx.grid_2d_graph(2, 2))
    assert grid.positions([(1, 0)]).tolist() == [2]
    assert set(to_networkx(grid).edges) == set(nx.grid_2d_graph(2, 2).edges)


def test_parallel_edges_become_a_multigraph():
    assert to_networkx(Graph([[0, 1], [1, 0]])).is_multigraph()
    assert not to_networkx(Graph([[0, 1], [1, 0]], directed=True)).is_multigraph()


@settings(max_examples=100, deadline=None)
@given(random_graphs(simple=True))
def test_an_adjacency_matrix_and_back_is_the_same_graph(graph):
    assume(graph.n_nodes and (graph.edge_weight is None or (graph.edge_weight > 0).all()))
    assert same(from_adjacency(to_adjacency(graph), directed=graph.directed), graph)
    as_numpy = nx.to_numpy_array(as_networkx(graph), nodelist=range(graph.n_nodes))
    assert same(from_adjacency(as_numpy, directed=graph.directed), graph)


@settings(max_examples=50, deadline=None)
@given(random_graphs())
def test_to_adjacency_is_the_convention_of_networkx(graph):
    assume(graph.n_nodes)
    expected = nx.to_numpy_array(as_networkx(graph), nodelist=range(graph.n_nodes))
    np.testing.assert_array_equal(to_adjacency(graph).toarray(), expected)
    np.testing.assert_array_equal(adjacency(graph).toarray(), expected.T)


def test_an_adjacency_matrix_takes_names_and_features_of_nodes():
    graph = from_adjacency(
        sparse.coo_matrix([[0, 3], [3, 0]]),
        node_names=["u", "v"],
        node_features=np.eye(2),
        node_type=["s", "t"],
    )
    assert (
        repr(graph)
        == "Graph(2 nodes, 1 undirected edge, node types s, t, node_names, node_features (2, 2), edge_weight)"
    )
    assert from_adjacency(np.zeros((2, 2))).edge_weight is None


@pytest.mark.parametrize(
    ("matrix", "given", "error", "sentence"),
    [
        (np.ones((2, 3)), {}, ValueError, r"An adjacency matrix must be square, not of shape \(2, 3\)"),
        ([[0, 1], [0, 0]], {}, ValueError, "The adjacency matrix is not symmetric: pass directed=True"),
        ([[0, np.nan], [np.nan, 0]], {}, ValueError, "The adjacency matrix holds missing"),
        ([[0, -1], [-1, 0]], {}, ValueError, "edge_weight holds negative numbers"),
        (
            [[0, 1], [1, 0]],
            {"node_names": ["a"]},
            ValueError,
            "node_names has 1 names but the matrix has 2 rows",
        ),
        ([[0, 1], [1, 0]], {"edge_type": ["a"]}, TypeError, "from_adjacency has no argument 'edge_type'"),
    ],
)
def test_a_bad_adjacency_matrix_gets_one_sentence(matrix, given, error, sentence):
    with pytest.raises(error, match=sentence):
        from_adjacency(matrix, **given)


@settings(max_examples=100, deadline=None)
@given(random_graphs())
def test_a_frame_and_back_is_the_same_graph(graph):
    frame = to_edges_frame(graph)
    assert same(from_edges_frame(frame, directed=graph.directed, n_nodes=graph.n_nodes), graph)
    named = Graph(
        graph.edges.astype(str), directed=graph.directed, node_names=[str(i) for i in range(graph.n_nodes)]
    )
    assert same(
        from_edges_frame(to_edges_frame(named), directed=graph.directed, node_names=named.node_names), named
    )


@pytest.mark.parametrize("library", [pd, pl])
def test_a_frame_holds_weights_types_times_and_features(library):
    graph = carrying_all()
    frame = to_edges_frame(graph)
    assert list(frame.columns) == ["source", "target", "weight", "type", "time", "feature_0"]
    if library is pl:
        frame = pl.from_pandas(frame)
    read = from_edges_frame(frame, directed=True)
    for name in ("node_names", "edges", "edge_weight", "edge_type", "edge_features"):
        np.testing.assert_array_equal(getattr(read, name), getattr(graph, name))
    assert read.edge_types == graph.edge_types
    assert (read.edge_time == graph.edge_time).all()


def test_columns_of_a_frame_can_be_chosen():
    frame = pd.DataFrame(
        {"from": [5, 7], "to": [7, 7], "weight": [1.0, 2.0], "km": [3.0, 4.0], "note": ["x", "y"]}
    )
    graph = from_edges_frame(frame, source="from", target="to", weight="km", features=["weight"], type="note")
    assert graph.node_names.tolist() == [5, 7]
    assert graph.edge_weight.tolist() == [3.0, 4.0]
    assert graph.edge_features.tolist() == [[1.0], [2.0]]
    assert graph.edge_types == ("x", "y")
    assert (
        from_edges_frame(frame[["from", "to"]], source="from", target="to", node_names=[7, 6, 5]).n_nodes == 3
    )
    assert from_edges_frame(pd.DataFrame({"source": [0], "target": [1]})).node_names is None
    mixed = pd.DataFrame({"source": [(0, 1)], "target": [(0, 0)]})
    assert from_edges_frame(mixed).edges.tolist() == [[1], [0]]
    assert from_edges_frame(mixed[:0]).n_nodes == 0


@pytest.mark.parametrize(
    ("columns", "error", "sentence"),
    [
        (
            {"sorce": ["a"], "target": ["b"]},
            ValueError,
            "no column 'source' but sorce, target. Did you mean 'sorce'",
        ),
        ({"source": ["a"], "target": [None]}, ValueError, "column 'target' has missing labels"),
        (
            {"source": ["a"], "target": ["b"], "z": ["c"]},
            TypeError,
            "edge_features must be a matrix of numbers",
        ),
        ({"source": ["a"], "target": [1]}, TypeError, "The ends mix labels that cannot be sorted"),
    ],
)
def test_a_bad_frame_gets_one_sentence(columns, error, sentence):
    with pytest.raises(error, match=sentence):
        from_edges_frame(pd.DataFrame(columns))


def test_bad_networkx_attributes_get_one_sentence():
    written = nx.path_graph(3)
    written.nodes[0]["x"] = [1.0]
    with pytest.raises(ValueError, match="The attribute 'x' is missing from 2 of 3, as node 1"):
        from_networkx(written, node_features="x")
    with pytest.raises(ValueError, match=r"The attribute 't' is missing from 2 of 2, as edge \(0, 1\)"):
        from_networkx(written, edge_time="t")
    written.nodes[1]["x"], written.nodes[2]["x"] = [1.0, 2.0], [3.0]
    with pytest.raises(ValueError, match="The attribute 'x' holds vectors of different lengths"):
        from_networkx(written, node_features="x")
    with pytest.raises(ValueError, match="The graph has no attribute 'u'"):
        from_networkx(written, graph_features="u")


def test_without_pytorch_geometric_there_is_a_sentence(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch_geometric", None)
    for call in (lambda: from_pyg(None), lambda: to_pyg(Graph([]))):
        with pytest.raises(ImportError, match="need PyTorch Geometric: pip install torch_geometric"):
            call()


@settings(max_examples=50, deadline=None)
@given(graph=random_graphs())
def test_pytorch_geometric_and_back_is_the_same_graph(graph):
    pytest.importorskip("torch_geometric")
    assume(graph.n_edges)  # without edges nothing says whether they are directed
    data = to_pyg(graph)
    assert data.validate()
    assert data.num_edges == len(graph.arcs)
    assert same(from_pyg(data, directed=graph.directed), graph)
    if not graph.directed:
        assert data.is_undirected()
        assert same(from_pyg(data), graph)


def test_pytorch_geometric_gets_and_gives_back_what_a_graph_carries():
    pytest.importorskip("torch_geometric")
    for directed in (True, False):
        graph = carrying_all(directed)
        read = from_pyg(to_pyg(graph))
        assert read.directed == directed
        assert read.node_features.tolist() == graph.node_features.tolist()
        assert sorted(read.edge_weight) == [0.5, 2.0]
        assert read.edge_features.ravel()[np.argsort(read.edge_weight)].tolist() == [7.0, 8.0]
        assert np.sort(read.edge_time).tolist() == [1577836800.0, 1577923200.0]
        assert read.node_type.tolist() == [0, 1, 0]
        assert read.edge_type[np.argsort(read.edge_weight)].tolist() == [0, 1]
        assert read.graph_features.tolist() == [9.0]
    bag = Graph([[0], [1]], node_features=sparse.csr_array([[0.0, 1.0], [2.0, 0.0]]))
    assert from_pyg(to_pyg(bag)).node_features.toarray().tolist() == [[0, 1], [2, 0]]


def test_bad_data_of_pytorch_geometric_get_one_sentence():
    data = pytest.importorskip("torch_geometric.data")
    torch = pytest.importorskip("torch")
    with pytest.raises(TypeError, match=r"from_pyg takes a torch_geometric\.data\.Data, not HeteroData"):
        from_pyg(data.HeteroData())
    with pytest.raises(ValueError, match="lists arcs without the arcs that run back: pass directed=True"):
        from_pyg(data.Data(edge_index=torch.tensor([[0], [1]]), num_nodes=2), directed=False)
    with pytest.raises(ValueError, match="other node features for each type"):
        to_pyg(Graph([], node_type=["a", "b"], node_features={"a": [[1.0]], "b": [[1.0]]}))
