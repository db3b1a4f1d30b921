from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pytest

from deepstat.data.weights import check_weights


def test_none_stays_none_and_a_number_stands_for_all_rows():
    assert check_weights(None, 3) is None
    np.testing.assert_array_equal(check_weights(2, 3), [2.0, 2.0, 2.0])


@pytest.mark.parametrize("make", [list, tuple, np.array, pd.Series, pl.Series])
def test_every_container_gives_the_same_weights(make):
    weight = check_weights(make([1, 0, 2]), 3)
    assert weight.dtype == np.float64
    np.testing.assert_array_equal(weight, [1.0, 0.0, 2.0])


def test_float32_is_kept():
    assert check_weights(np.ones(2, np.float32), 2).dtype == np.float32


@pytest.mark.parametrize(
    ("weight", "words"),
    [
        ([1.0, -2.0, 1.0], "Negative values in sample_weight: 1 entries such as -2"),
        ([1.0, np.nan, 1.0], "Input sample_weight contains NaN"),
        ([1.0, np.inf, 1.0], "Input sample_weight contains infinity"),
        ([1.0, 1.0], "sample_weight has 2 entries for 3 rows"),
        (np.ones((3, 1)), "Sample weights must be 1D array or scalar, got 2D array"),
        ([0.0, 0.0, 0.0], "All entries of sample_weight are zero"),
        (0, "All entries of sample_weight are zero"),
        (["a", "b", "c"], "could not convert string"),
    ],
)
def test_bad_weights_are_refused_in_a_sentence(weight, words):
    with pytest.raises(ValueError, match=words):
        check_weights(weight, 3)
