import pytest

from deepstat import Graph
from deepstat.embedding.methods import METHODS
from deepstat.errors import UnknownName


@pytest.mark.parametrize("name", METHODS)
def test_an_unknown_option_is_refused_with_those_that_there_are(name):
    with pytest.raises(UnknownName, match=f"Unknown option of '{name}' 'windows'"):
        METHODS[name].bind(name, {"windows": 5})


def test_options_of_walks_are_those_of_walks_and_training():
    assert METHODS["node2vec"].options >= {"p", "q", "length", "window", "n_negative", "max_epochs"}
    assert "p" not in METHODS["deepwalk"].options
    assert METHODS["laplacian"].options == set()


def test_no_more_coordinates_are_taken_than_the_graph_has():
    graph = Graph([[0, 1], [1, 2]])
    assert [METHODS[name].choose_n_components(graph) for name in ("netmf", "laplacian", "node2vec")] == [
        3,
        2,
        128,
    ]
