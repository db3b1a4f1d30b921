"""What the constructor of Graph refuses, each with one sentence."""

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from deepstat.graph.graph import Graph

PATH = [[0, 1, 2], [1, 2, 3]]
TYPES = ["author", "paper", "paper", "author"]


@pytest.mark.parametrize(
    ("given", "error", "sentence"),
    [
        (
            {"edges": [[0, 4], [1, 0]], "n_nodes": 4},
            ValueError,
            "edges holds 4 but the graph has 4 nodes: ids run",
        ),
        ({"edges": [[0, -1], [1, 0]]}, ValueError, "edges holds -1 but"),
        (
            {"edges": np.array(PATH).T},
            ValueError,
            r"shape \(2, e\), sources above targets, not \(3, 2\) .*edges\.T",
        ),
        (
            {"edges": [0, 1]},
            ValueError,
            r"edges must have shape \(2, e\), sources above targets, not \(2,\)\.",
        ),
        ({"edges": [[0, 1], [1]]}, ValueError, "edges must be an array, but its rows differ in length"),
        ({"edges": np.ones((2, 2))}, TypeError, "edges must be whole numbers, not float64"),
        ({"edges": [["a"], ["b"]]}, TypeError, "edges must be whole numbers, not .*node_names"),
        (
            {"edges": [["a", "b"], ["b"]], "node_names": "ab"},
            TypeError,
            "node_names must be a sequence of labels",
        ),
        (
            {"edges": [["a", "b"], ["b"]], "node_names": ["a", "b"]},
            ValueError,
            "edges has 2 sources and 1 targets",
        ),
        (
            {"edges": [["a"], ["x"]], "node_names": ["a", "b"]},
            ValueError,
            "holds 1 name .* not in node_names: 'x'",
        ),
        (
            {"edges": [["a", "b"]], "node_names": ["a", "b"]},
            ValueError,
            r"edges must have shape .* not \(1, \.\.\.\)",
        ),
        (
            {"edges": np.array([["a", "b"]] * 3), "node_names": ["a", "b"]},
            ValueError,
            r"not \(3, 2\) .*edges\.T",
        ),
        ({"edges": 3, "node_names": ["a"]}, TypeError, r"edges must be an array of shape \(2, e\), not int"),
        ({"edges": [], "node_names": ["a", "b", "a"]}, ValueError, "node_names holds 'a' twice"),
        ({"edges": [], "node_names": ["a", None]}, ValueError, "node_names has missing labels"),
        ({"edges": [], "node_names": [1.0, np.nan]}, ValueError, "node_names has missing labels"),
        (
            {"edges": [], "node_names": [["a"], ["b"]]},
            TypeError,
            "node_names must hold labels that can be hashed",
        ),
        ({"edges": [], "node_names": np.ones((2, 2))}, ValueError, "node_names must have one dimension"),
        ({"edges": PATH, "n_nodes": -1}, ValueError, "n_nodes must be a whole number from 0 on, not -1"),
        ({"edges": PATH, "n_nodes": 4.0}, ValueError, "n_nodes must be a whole number"),
        ({"edges": PATH, "n_nodes": True}, ValueError, "n_nodes must be a whole number"),
        (
            {"edges": PATH, "n_nodes": 4, "node_features": np.ones((5, 1))},
            ValueError,
            "The number of nodes is unclear: n_nodes is 4 and node_features has 5",
        ),
        (
            {"edges": PATH, "node_features": [1.0] * 4},
            ValueError,
            r"node_features must have two dimensions.*reshape",
        ),
        (
            {"edges": PATH, "node_features": sparse.coo_array(np.ones(4))},
            ValueError,
            "must have two dimensions",
        ),
        ({"edges": PATH, "node_features": [[np.nan]] * 4}, ValueError, "node_features holds missing"),
        (
            {"edges": PATH, "node_features": sparse.csr_array([[np.inf]] * 4)},
            ValueError,
            "node_features holds missing",
        ),
        (
            {"edges": PATH, "node_features": [["x"]] * 4},
            TypeError,
            "node_features must hold numbers, not <U1",
        ),
        (
            {"edges": PATH, "node_features": [[{}]] * 4},
            TypeError,
            "node_features must be a matrix of numbers",
        ),
        (
            {"edges": PATH, "node_features": pd.DataFrame({"x": list("abcd")})},
            TypeError,
            "must be a matrix of numbers",
        ),
        (
            {"edges": PATH, "node_features": {"a": [[1.0]]}},
            ValueError,
            "node_features is a dict by node type, but there is no node_type",
        ),
        (
            {"edges": PATH, "node_type": TYPES, "node_features": {"author": np.ones((4, 1))}},
            ValueError,
            "node_features has a matrix for author but the node types are author, paper",
        ),
        (
            {
                "edges": PATH,
                "node_type": TYPES,
                "node_features": {"author": np.ones((1, 1)), "paper": np.ones((3, 1))},
            },
            ValueError,
            r"node_features\['author'\] has length 1 but the graph has 2 author nodes",
        ),
        (
            {"edges": PATH, "node_type": [1, "a", 2, 3]},
            TypeError,
            "node_type mixes labels that cannot be sorted",
        ),
        ({"edges": PATH, "edge_type": ["a"]}, ValueError, "edge_type has length 1 but the graph has 3 edges"),
        (
            {"edges": PATH, "edge_weight": [1, 2]},
            ValueError,
            "edge_weight has length 2 but the graph has 3 edges",
        ),
        ({"edges": PATH, "edge_weight": [1, np.nan, 1]}, ValueError, "edge_weight holds missing"),
        ({"edges": PATH, "edge_weight": [1, np.inf, 1]}, ValueError, "edge_weight holds missing"),
        (
            {"edges": PATH, "edge_weight": [1, -2, 1]},
            ValueError,
            r"holds negative numbers \(the first is -2",
        ),
        ({"edges": PATH, "edge_weight": ["a"] * 3}, TypeError, "edge_weight must be a vector of numbers"),
        (
            {"edges": PATH, "edge_weight": 1.0},
            ValueError,
            "edge_weight has no length but the graph has 3 edges",
        ),
        (
            {"edges": PATH, "edge_features": np.ones((2, 1))},
            ValueError,
            "edge_features has length 2 but",
        ),
        ({"edges": PATH, "edge_features": [[np.nan]] * 3}, ValueError, "edge_features holds missing"),
        (
            {"edges": PATH, "edge_time": [1.0, 2.0]},
            ValueError,
            "edge_time has length 2 but the graph has 3 edges",
        ),
        ({"edges": PATH, "edge_time": [1.0, 2.0, np.nan]}, ValueError, "edge_time holds missing"),
        ({"edges": PATH, "edge_time": ["a", "b", "c"]}, TypeError, "edge_time must be a vector of numbers"),
        (
            {
                "edges": PATH,
                "edge_time": np.array(["2020-01-01", "2020-01-01", "NaT"], dtype="datetime64[D]"),
            },
            ValueError,
            r"edge_time holds missing times \(NaT\)",
        ),
        ({"edges": PATH, "graph_features": [[1.0]]}, ValueError, "graph_features must be one row of numbers"),
        ({"edges": PATH, "graph_features": [np.nan]}, ValueError, "graph_features holds missing"),
        ({"edges": PATH, "relations": {}}, ValueError, "give node_type and edge_type too"),
        (
            {
                "edges": PATH,
                "node_type": TYPES,
                "edge_type": ["w", "c", "w"],
                "relations": {"w": ("author", "paper")},
            },
            ValueError,
            r"relations must give each edge type its \(source, target\) node types; for 'c' it has None",
        ),
        (
            {
                "edges": PATH,
                "node_type": TYPES,
                "edge_type": ["w"] * 3,
                "relations": {"w": ("author", "paper")},
            },
            ValueError,
            r"Edge 1 of type 'w' joins \('paper', 'paper'\), but relations says \('author', 'paper'\)",
        ),
        (
            {
                "edges": PATH,
                "node_type": TYPES,
                "edge_type": ["w"] * 3,
                "relations": {"w": ("autor", "paper")},
            },
            ValueError,
            "Edge 0 of type 'w' joins .* but relations says",
        ),
        (
            {"edges": PATH, "node_type": TYPES, "edge_type": ["w"] * 3, "relations": "w"},
            TypeError,
            "relations must be a dict",
        ),
    ],
)
def test_a_bad_graph_gets_one_sentence(given, error, sentence):
    with pytest.raises(error, match=sentence) as caught:
        Graph(**given)
    assert str(caught.value).count("\n") == 0
