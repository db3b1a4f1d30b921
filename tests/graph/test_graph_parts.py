"""Graphs made from graphs: subgraphs, fewer edges, other features, disjoint unions."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_graphs import as_networkx, random_graphs
from scipy import sparse

from deepstat.graph.adjacency import adjacency
from deepstat.graph.disjoint_union import disjoint_union
from deepstat.graph.graph import Graph


def carrying_all(names=True):
    """Return a directed path a -> b -> c -> d of two types that carries everything."""
    ends = [["a", "b", "c"], ["b", "c", "d"]] if names else [[0, 1, 2], [1, 2, 3]]
    return Graph(
        ends,
        directed=True,
        node_names=list("abcd") if names else None,
        node_features={"p": [[0.0], [1.0]], "q": sparse.csr_array([[2.0, 0.0], [0.0, 3.0]])},
        edge_weight=[1.0, 2.0, 3.0],
        edge_features=sparse.csr_array(np.diag([4.0, 5.0, 6.0])),
        edge_time=[7, 8, 9],
        node_type=["p", "q", "p", "q"],
        edge_type=["there", "back", "there"],
        relations={"there": ("p", "q"), "back": ("q", "p")},
        graph_features=[10.0],
    )


def test_a_subgraph_keeps_what_its_nodes_and_edges_carry():
    part = carrying_all().subgraph(["d", "c", "b"])
    assert part.node_names.tolist() == ["d", "c", "b"]
    assert part.edges.tolist() == [[2, 1], [1, 0]]
    assert part.edge_weight.tolist() == [2.0, 3.0]
    assert part.edge_features.toarray().tolist() == [[0, 5, 0], [0, 0, 6]]
    assert part.edge_time.tolist() == [8, 9]
    assert [part.edge_types[code] for code in part.edge_type] == ["back", "there"]
    assert [part.node_types[code] for code in part.node_type] == ["q", "p", "q"]
    assert part.node_features["p"].tolist() == [[1.0]]
    assert part.node_features["q"].toarray().tolist() == [[0.0, 3.0], [2.0, 0.0]]
    assert part.graph_features.tolist() == [10.0]
    assert part.positions(["b"]).tolist() == [2]
    assert part.row_in_type.tolist() == [0, 0, 1]
    assert not part.edges.flags.writeable


def test_a_subgraph_keeps_the_codes_of_types_that_no_longer_occur():
    part = carrying_all().subgraph(["b"])
    assert part.node_types == ("p", "q")
    assert part.node_type.tolist() == [1]
    assert part.node_features["p"].shape == (0, 1)
    assert part.edge_types == ("back", "there")


@settings(max_examples=100, deadline=None)
@given(random_graphs(), st.data())
def test_a_subgraph_is_networkx_induced_subgraph(graph, data):
    nodes = data.draw(st.permutations(range(graph.n_nodes)))[: data.draw(st.integers(0, graph.n_nodes))]
    part = graph.subgraph(np.array(nodes, dtype=np.int64))
    expected = as_networkx(graph).subgraph(nodes)
    found = nx.relabel_nodes(as_networkx(part), dict(enumerate(nodes)))
    ends = (lambda pair: pair) if graph.directed else (lambda pair: tuple(sorted(pair)))

    def listed(written):
        return sorted((ends((u, v)), w) for u, v, w in written.edges(data="weight"))

    assert set(found) == set(expected)
    assert listed(found) == listed(expected)


def test_without_edges_keeps_all_nodes_and_the_rest_of_the_edges():
    graph = carrying_all()
    fewer = graph.without_edges([0, 2, 0])
    assert fewer.n_nodes == 4
    assert fewer.edges.tolist() == [[1], [2]]
    assert fewer.edge_weight.tolist() == [2.0]
    assert fewer.edge_features.toarray().tolist() == [[0, 5, 0]]
    assert [fewer.edge_types[code] for code in fewer.edge_type] == ["back"]
    assert len(graph.arcs) == 3
    assert len(fewer.arcs) == 1
    assert graph.without_edges([]).n_edges == 3


def test_without_edges_takes_both_directions():
    assert len(Graph([[0, 1], [1, 2]]).without_edges([1]).arcs) == 2


def test_with_features_shares_everything_else_and_keeps_what_was_computed():
    graph = Graph([[0, 1], [1, 2]])
    arcs = graph.arcs
    described = graph.with_features(np.eye(3))
    assert described.arcs is arcs
    assert described.edges is graph.edges
    assert described.node_features.shape == (3, 3)
    assert graph.node_features is None
    assert described.with_features(None).node_features is None
    typed = carrying_all().with_features({"p": np.ones((2, 3)), "q": np.ones((2, 0))})
    assert typed.node_features["q"].shape == (2, 0)


@pytest.mark.parametrize(
    ("make", "error", "sentence"),
    [
        (lambda g: g.subgraph([0, 0]), ValueError, "nodes of a subgraph must be a list of distinct nodes"),
        (lambda g: g.subgraph([[0, 1]]), ValueError, "nodes of a subgraph must be a list of distinct nodes"),
        (lambda g: g.subgraph([4]), ValueError, "nodes holds 4 but the graph has 4 nodes"),
        (lambda g: g.without_edges([3]), ValueError, "edge_positions holds 3 but the graph has 3 edges"),
        (
            lambda g: g.without_edges([True, False, True]),
            TypeError,
            "edge_positions must be whole numbers, not bool",
        ),
        (
            lambda g: g.with_features(np.ones((3, 1))),
            ValueError,
            "node_features has length 3 but",
        ),
        (
            lambda g: g.with_features({"p": np.ones((2, 1))}),
            ValueError,
            "node_features has a matrix for p but",
        ),
        (lambda g: Graph([]).with_features({"p": np.ones((2, 1))}), ValueError, "there is no node_type"),
    ],
)
def test_bad_parts_get_one_sentence(make, error, sentence):
    with pytest.raises(error, match=sentence):
        make(carrying_all(names=False))


def test_a_union_carries_what_its_graphs_carry_and_matches_types_by_name():
    other = Graph(
        [[1], [0]],
        directed=True,
        node_features={"q": sparse.csr_array([[8.0, 9.0]]), "o": [[5.0]]},
        edge_weight=[4.0],
        edge_features=sparse.csr_array([[1.0, 0.0, 0.0]]),
        edge_time=[1],
        node_type=["o", "q"],
        edge_type=["away"],
        relations={"away": ("q", "o")},
    )
    union, graph_of_node = disjoint_union([carrying_all(), other])
    assert graph_of_node.tolist() == [0, 0, 0, 0, 1, 1]
    assert union.edges.tolist() == [[0, 1, 2, 5], [1, 2, 3, 4]]
    assert union.node_types == ("o", "p", "q")
    assert [union.node_types[code] for code in union.node_type] == ["p", "q", "p", "q", "o", "q"]
    assert [union.edge_types[code] for code in union.edge_type] == ["there", "back", "there", "away"]
    assert union.node_features["q"].toarray().tolist() == [[2, 0], [0, 3], [8, 9]]
    assert union.node_features["o"].tolist() == [[5.0]]
    assert union.edge_weight.tolist() == [1, 2, 3, 4]
    assert union.edge_features.shape == (4, 3)
    assert union.edge_time.tolist() == [7, 8, 9, 1]
    assert union.relations == {"there": ("p", "q"), "back": ("q", "p"), "away": ("q", "o")}
    assert union.node_names is None
    assert union.graph_features is None
    assert not union.edges.flags.writeable


def test_graphs_without_edges_or_nodes_need_not_carry_anything():
    graphs = [
        Graph([], n_nodes=1, node_features=[[1.0]]),
        Graph([[0], [1]], edge_weight=[2.0], edge_features=[[3.0]], node_features=[[2.0], [3.0]]),
        Graph([]),
    ]
    union, graph_of_node = disjoint_union(graphs)
    assert graph_of_node.tolist() == [0, 1, 1]
    assert union.edges.tolist() == [[1], [2]]
    assert union.edge_features.tolist() == [[3.0]]
    assert union.node_features.tolist() == [[1.0], [2.0], [3.0]]


@settings(max_examples=50, deadline=None)
@given(
    st.booleans().flatmap(
        lambda d: st.lists(random_graphs(directed=d, weighted=True), min_size=1, max_size=4)
    )
)
def test_the_adjacency_of_a_union_is_block_diagonal(graphs):
    union, graph_of_node = disjoint_union(graphs)
    expected = sparse.block_diag([adjacency(graph).toarray() for graph in graphs]).toarray()
    np.testing.assert_array_equal(adjacency(union).toarray(), expected.reshape(union.n_nodes, union.n_nodes))
    assert np.bincount(graph_of_node, minlength=len(graphs)).tolist() == [graph.n_nodes for graph in graphs]


EDGE = [[0], [1]]


@pytest.mark.parametrize(
    ("graphs", "error", "sentence"),
    [
        ([], ValueError, "graphs is empty"),
        ([Graph(EDGE), "graph"], TypeError, "graphs must hold Graphs; entry 1 is of type str"),
        (
            [Graph(EDGE), Graph(EDGE, directed=True)],
            ValueError,
            "graphs holds directed and undirected graphs",
        ),
        (
            [Graph(EDGE), Graph(EDGE, edge_weight=[1])],
            ValueError,
            r"graphs\[1\] has edge_weight and graphs\[0\] has none: give it to all of them or to none",
        ),
        (
            [Graph(EDGE, node_features=np.ones((2, p))) for p in (2, 1)],
            ValueError,
            "node_features .* columns: 1, 2",
        ),
        (
            [Graph(EDGE, node_features=np.eye(2)), Graph(EDGE, node_features=sparse.eye_array(2))],
            ValueError,
            "node_features is sparse in some graphs and dense in others",
        ),
        (
            [Graph(EDGE, edge_time=[1]), Graph(EDGE, edge_time=np.array(["2020"], dtype="datetime64[D]"))],
            ValueError,
            "edge_time holds dates in some graphs and numbers in others",
        ),
    ],
)
def test_graphs_that_do_not_go_together_get_one_sentence(graphs, error, sentence):
    with pytest.raises(error, match=sentence):
        disjoint_union(graphs)


def test_types_features_and_relations_that_do_not_go_together_get_one_sentence():
    with pytest.raises(ValueError, match="node_type is text in some graphs and numbers in others"):
        disjoint_union([Graph(EDGE, node_type=[0, 1]), Graph(EDGE, node_type=["a", "b"])])
    by_type = Graph(EDGE, node_type=["a", "b"], node_features={"a": [[1.0]], "b": [[1.0]]})
    with pytest.raises(
        ValueError, match="node_features is a dict by node type in some graphs and a matrix in others"
    ):
        disjoint_union([by_type, Graph(EDGE, node_type=["a", "b"], node_features=np.eye(2))])
    types = {"directed": True, "node_type": ["a", "b"], "edge_type": ["r"]}
    there = Graph(EDGE, **types, relations={"r": ("a", "b")})
    back = Graph([[1], [0]], **types, relations={"r": ("b", "a")})
    with pytest.raises(
        ValueError, match=r"relations of 'r' is \('a', 'b'\) in one graph and \('b', 'a'\) in another"
    ):
        disjoint_union([there, back])
