import numpy as np
import pytest

from deepstat.graph.sampling.arcs_into import arcs_into
from deepstat.graph.sampling.check_arcs import check_arcs
from deepstat.graph.sampling.check_count import check_count


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (([0, 1], [0, 0]), "pointers run from 0 to 1 but there are 2 arcs"),
        (([1, 2], [0, 0]), "pointers run from 1 to 2"),
        (([0.0, 1.0], [0]), "pointers must be a vector of integers, not float64"),
        (([0, 1], [[0]]), "sources must be a vector of integers"),
        (([], []), "pointers is empty"),
        (([0, 1], [0], [1.0, 2.0]), "weight has shape"),
        (([0, 1], [0], [np.nan]), "weight has values that are NaN or infinite"),
    ],
)
def test_bad_arcs_are_refused_in_a_sentence(arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        check_arcs(*arguments)


def test_pointers_that_decrease_are_refused_where_they_are_used():
    with pytest.raises(ValueError, match="pointers decrease"):
        arcs_into(np.array([0, 3, 2]), np.array([1]))


@pytest.mark.parametrize("value", [0, -1, 1.5, "3", True, None])
def test_what_is_no_count_is_refused(value):
    with pytest.raises(ValueError, match=r"n is .*; give an integer of at least 1"):
        check_count("n", value)
