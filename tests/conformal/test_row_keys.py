import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse
from scipy.stats import kstest

from deepstat.conformal.row_keys import row_keys, uniforms

X = np.random.default_rng(0).normal(size=(50, 4)).round(1)
X[X < 0.3] = 0.0
FRAME = {"a": [1.0, 2.0, 1.0, None], "b": ["x", "y", "x", None], "c": [True, False, True, True]}


def test_keys_are_equal_where_rows_are():
    table = np.repeat(X[:5], 2, axis=0)
    keys = row_keys(table)
    assert (keys[::2] == keys[1::2]).all()
    assert len(np.unique(keys)) == len(np.unique(table, axis=0))


def test_no_two_of_a_hundred_thousand_rows_share_a_key():
    grid = np.stack(np.meshgrid(np.arange(100), np.arange(100), np.arange(10)), axis=-1).reshape(-1, 3)
    assert len(np.unique(row_keys(grid))) == 100_000


def test_keys_stay_with_their_rows():
    order = np.random.default_rng(1).permutation(50)
    np.testing.assert_array_equal(row_keys(X)[order], row_keys(X[order]))
    np.testing.assert_array_equal(row_keys(X)[7:8], row_keys(X[7:8]))


@pytest.mark.parametrize("form", [sparse.csr_array, sparse.csc_matrix, sparse.coo_array])
def test_sparse_and_dense_tables_have_the_same_keys(form):
    np.testing.assert_array_equal(row_keys(form(X)), row_keys(X))


@pytest.mark.parametrize(
    "form", [np.ndarray.tolist, np.asfortranarray, pd.DataFrame, lambda a: a.astype(object)]
)
def test_lists_and_frames_have_the_keys_of_arrays(form):
    np.testing.assert_array_equal(row_keys(form(X)), row_keys(X))


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame])
def test_frames_of_several_kinds_have_keys(frame):
    keys = row_keys(frame(FRAME))
    assert keys[0] == keys[2]
    assert len(set(keys.tolist())) == 3


def test_names_may_come_twice_and_dates_count():
    dates = pd.to_datetime(["2020-01-01", "2020-01-02", "2020-01-01"])
    frame = pd.concat(
        [pd.Series(dates), pd.Series(["u", "v", "u"], dtype="category")], axis=1, keys=["a", "a"]
    )
    keys = row_keys(frame)
    assert keys[0] == keys[2] != keys[1]


def test_the_column_matters_and_signs_of_zero_and_missing_values_do_not():
    assert len(set(row_keys([[1.0, 2.0], [2.0, 1.0], [1.0, 1.0], [2.0, 2.0]]).tolist())) == 4
    bits = np.array([0x7FF8000000000001, 0x7FF8000000000002], dtype=np.uint64).view(np.float64)
    assert row_keys([[0.0], [-0.0]]).tolist() == [0, 0]
    assert len(set(row_keys(bits[:, None]).tolist())) == 1


def test_keys_of_text_are_the_same_in_every_process():
    # Python's own hash of text changes from process to process; these numbers came from another one
    assert row_keys([["red", 1.5], ["blue", None]]).tolist() == [9128811952838725105, 11877964970942889313]


def test_numbers_made_of_keys_are_uniform_and_change_with_the_seed():
    keys = row_keys(np.arange(20_000.0)[:, None])
    one, other = uniforms(keys, 0), uniforms(keys, 1)
    assert kstest(one, "uniform").pvalue > 0.01
    assert kstest(other, "uniform").pvalue > 0.01
    assert abs(np.corrcoef(one, other)[0, 1]) < 0.03
    assert abs(np.corrcoef(one[1:], one[:-1])[0, 1]) < 0.03
