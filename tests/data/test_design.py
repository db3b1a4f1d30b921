"""Design matrices: own units, treatment coding, complete rows."""

import json

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse

from deepstat.data.design import Design, complete_rows, learn_design


@pytest.fixture
def frame():
    return pd.DataFrame(
        {
            "g": ["b", "a", "c", "b"],
            "x": [1.5, -2.0, 3.0, 1e6],
            "smokes": [True, False, True, True],
            "k": pd.Categorical([3, 1, 2, 1]),
            "n": [1, 2, 3, 4],
        }
    )


def test_matrix_holds_own_units_booleans_and_treatment_coding(frame):
    design = learn_design(frame)
    expected = pd.get_dummies(frame, columns=["g", "k"], drop_first=True).astype(float)
    expected = expected[["g_b", "g_c", "x", "smokes", "k_2", "k_3", "n"]].to_numpy()
    assert design.encoded_names == ("g[T.b]", "g[T.c]", "x", "smokes", "k[T.2]", "k[T.3]", "n")
    np.testing.assert_array_equal(design.encode(frame), expected)
    assert design.dropped == ("g[a]", "k[1]")


def test_names_and_columns_are_those_of_formulaic_like_patsy(frame):
    patsy = pytest.importorskip("patsy")
    reference = patsy.dmatrix("g + x", frame)
    design = learn_design(frame[["g", "x"]])
    assert ["Intercept", *design.encoded_names] == reference.design_info.column_names
    np.testing.assert_array_equal(design.encode(frame[["g", "x"]]), np.asarray(reference)[:, 1:])


def test_polars_arrays_and_sparse_matrices_give_the_same_matrix(frame):
    design = learn_design(frame[["g", "x"]])
    np.testing.assert_array_equal(
        design.encode(pl.from_pandas(frame[["g", "x"]])), design.encode(frame[["g", "x"]])
    )
    numbers = np.array([[0.0, 7.0], [2.0, 7.0], [0.0, 7.0]])
    assert (learn_design(numbers).encode(sparse.csr_matrix(numbers)) == numbers).all()
    assert learn_design(numbers).encode(numbers, np.float32).dtype == np.float32


def test_constants_keep_their_value():
    assert learn_design([[7.0], [7.0]]).encode([[7.0], [9.0]]).ravel().tolist() == [7.0, 9.0]


def test_only_the_given_rows_teach_levels(frame):
    assert learn_design(frame[["g"]], np.array([0, 1])).encoded_names == ("g[T.b]",)


def test_incomplete_rows_are_found_and_not_learned_from():
    frame = pd.DataFrame({"x": [1.0, np.nan, 3.0], "g": ["a", "b", None], "n": [1, 2, 3]})
    assert complete_rows(frame).tolist() == [0]
    assert learn_design(frame).columns[1].levels == ("a",)
    with pytest.raises(ValueError, match="'x' has missing values"):
        learn_design(frame, np.arange(3))


def test_design_survives_json(frame):
    design = learn_design(frame)
    assert Design.from_json(json.loads(json.dumps(design.to_json()))) == design
    assert (design.n_numeric, design.width, design.cardinalities, design.is_plain) == (7, 7, (), False)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([["d", 1.0]], "'g' holds 'd' in row 0, a level that was not learned: the levels are 'a', 'b', 'c'"),
        ([["a", None]], "'x' is missing in 1 row"),
        ([["a", "b"]], "'x' was learned with numbers"),
        ([[None, 1.0]], "'g' is missing in 1 row"),
    ],
)
def test_what_was_not_learned_is_refused_in_prediction(frame, rows, message):
    design = learn_design(frame[["g", "x"]])
    with pytest.raises(ValueError, match=message):
        design.encode(pd.DataFrame(rows, columns=["g", "x"]))


def test_another_number_of_columns_is_refused(frame):
    with pytest.raises(ValueError, match="1 features, but 2"):
        learn_design(frame[["g", "x"]]).encode(frame[["x"]])


def test_dates_and_empty_columns_are_refused():
    with pytest.raises(ValueError, match="'t' holds dates"):
        learn_design(pd.DataFrame({"t": pd.to_datetime(["2020-01-01", "2021-01-01"])}))
    with pytest.raises(ValueError, match="No row is complete"):
        learn_design(pd.DataFrame({"x": [np.nan, np.nan]}))
    with pytest.raises(ValueError, match="'x' holds missing values only"):
        learn_design(pd.DataFrame({"x": [np.nan, 1.0]}), np.array([0]))


def test_columns_left_out_have_no_names_and_no_values(frame):
    design = learn_design(frame)
    less = design.without([1, 3]).without([0])
    kept = [2, 4, 5, 6]
    assert less.encoded_names == tuple(design.encoded_names[j] for j in kept)
    np.testing.assert_array_equal(less.encode(frame), design.encode(frame)[:, kept])
    assert Design.from_json(json.loads(json.dumps(less.to_json()))) == less
    with pytest.raises(ValueError, match="are not columns of the design"):
        Design.from_json({**less.to_json(), "left_out": [7]})
