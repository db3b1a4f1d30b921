import numpy as np
import pytest

from deepstat.architectures.check_options import (
    check_choice,
    check_count,
    check_counts,
    check_dropout,
    check_positive,
)
from deepstat.errors import UnknownName


def test_an_unknown_choice_gets_a_suggestion():
    with pytest.raises(UnknownName, match="Did you mean 'batch'"):
        check_choice("normalization", "bach", ["batch", "layer"])
    with pytest.raises(UnknownName, match="Unknown normalization 'None'"):
        check_choice("normalization", None, ["batch", "layer"])


@pytest.mark.parametrize("value", [1, np.int64(5)])
def test_integers_of_any_kind_pass(value):
    check_count("width", value)
    check_counts("sizes", [value, value])
    check_counts("sizes", np.array([3, 4]))
    check_counts("sizes", ())


@pytest.mark.parametrize("value", [True, 1.0, "1", None])
def test_what_is_not_an_integer_is_refused(value):
    with pytest.raises(ValueError, match="width is"):
        check_count("width", value)
    with pytest.raises(ValueError, match="sizes is"):
        check_counts("sizes", (value,))


@pytest.mark.parametrize("value", [0, 0.0, 0.999, np.float32(0.5)])
def test_probabilities_below_one_pass(value):
    check_dropout("dropout", value)


@pytest.mark.parametrize("value", [float("nan"), 1.0, -1e-9, False, None])
def test_other_probabilities_are_refused(value):
    with pytest.raises(ValueError, match="0 <= dropout < 1"):
        check_dropout("dropout", value)


@pytest.mark.parametrize("value", [0.0, float("inf"), float("nan"), True, "2"])
def test_factors_that_are_not_positive_numbers_are_refused(value):
    with pytest.raises(ValueError, match="hidden_factor is"):
        check_positive("hidden_factor", value)
