from __future__ import annotations

import json

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.exceptions import DataConversionWarning
from sklearn.preprocessing import LabelBinarizer, LabelEncoder

from deepstat.data.class_target import ClassTarget, learn_class_target

LABELS = {
    "text": np.array(["no", "yes", "maybe", "no"]),
    "objects": np.array(["no", "yes", "maybe", "no"], dtype=object),
    "int": np.array([3, -1, 8, 3]),
    "int8": np.array([3, 1, 8, 3], np.int8),
    "float": np.array([0.0, 2.0, 1.0, 0.0]),
    "float32": np.array([0.0, 2.0, 1.0, 0.0], np.float32),
}


@pytest.mark.parametrize("name", LABELS)
def test_codes_and_one_hot_rows_are_those_of_scikit_learn(name):
    y = LABELS[name]
    target = learn_class_target(y)
    reference = LabelEncoder().fit(y)
    np.testing.assert_array_equal(target.classes_, reference.classes_)
    assert target.classes_.dtype == reference.classes_.dtype
    np.testing.assert_array_equal(target.codes(y), reference.transform(y))
    np.testing.assert_array_equal(target.encode(y), LabelBinarizer().fit_transform(y))
    np.testing.assert_array_equal(target.decode(target.encode(y)), y)
    assert target.n_outputs == target.n_classes == 3


@pytest.mark.parametrize(
    "y", [np.array([True, False, True]), np.array(["b", "a", "b"]), np.array([1, -1, 1])]
)
def test_two_classes_are_one_column_of_the_second(y):
    target = learn_class_target(y)
    assert target.n_outputs == 1
    np.testing.assert_array_equal(target.encode(y), [[1.0], [0.0], [1.0]])
    decoded = target.decode([[0.9], [0.5], [0.51]])
    np.testing.assert_array_equal(decoded, y)
    assert decoded.dtype == y.dtype
    np.testing.assert_array_equal(target.decode([[0.1, 0.9], [0.5, 0.5], [0.0, 1.0]]), y)


@pytest.mark.parametrize("y", [*LABELS.values(), np.array([True, False])])
def test_json_keeps_classes_and_their_type(y):
    target = learn_class_target(y)
    again = ClassTarget.from_json(json.loads(json.dumps(target.to_json())))
    assert again == target
    assert again.classes_.dtype == target.classes_.dtype
    assert [type(level) for level in again.levels] == [type(level) for level in target.levels]


def test_every_container_gives_the_same_classes():
    y = ["b", "a", "c", "b"]
    expected = learn_class_target(y)
    for other in (
        np.array(y, dtype=object),
        pd.Series(y, index=[5, 5, 6, 7]),
        pd.Series(y, dtype="category"),
        pd.Series(y, dtype="string"),
        pl.Series(y),
        pl.Series(y, dtype=pl.Categorical),
    ):
        target = learn_class_target(other)
        assert target.levels == expected.levels
        np.testing.assert_array_equal(expected.codes(other), [1, 0, 2, 1])
    assert learn_class_target(pd.Series([1, 2], dtype="Int64")) == learn_class_target([1, 2])
    assert learn_class_target(np.array([True, False], dtype=object)).classes_.dtype == bool


def test_equal_numbers_are_one_label():
    target = learn_class_target([0, 1, 2])
    np.testing.assert_array_equal(target.codes([2.0, 0.0]), [2, 0])


def test_a_single_column_is_a_vector_with_a_warning():
    with pytest.warns(DataConversionWarning, match="A column-vector y was passed"):
        target = learn_class_target(np.array([["a"], ["b"]]))
    assert target == learn_class_target(["a", "b"])


def test_soft_targets_keep_their_probabilities():
    y = np.array([[0.2, 0.3, 0.5], [1.0, 0.0, 0.0]])
    target = learn_class_target(y)
    assert (target.is_soft, target.levels) == (True, (0, 1, 2))
    np.testing.assert_array_equal(target.encode(y), y)
    np.testing.assert_array_equal(target.codes(y), [2, 0])
    np.testing.assert_allclose(target.counts(y), [1.2, 0.3, 0.5])
    np.testing.assert_allclose(target.counts(y, np.array([2.0, 0.5])), [0.9, 0.6, 1.0])
    np.testing.assert_array_equal(
        learn_class_target(y[:, :2] / y[:, :2].sum(axis=1)[:, None]).encode([[0.4, 0.6]]), [[0.6]]
    )
    assert ClassTarget.from_json(target.to_json()) == target
    learn_class_target(np.random.default_rng(0).dirichlet(np.ones(500), size=50).astype(np.float32))


def test_counts_are_sums_of_weights():
    y, weight = np.array(["a", "b", "a", "c"]), np.array([1.0, 2.5, 0.5, 0.0])
    target = learn_class_target(y)
    np.testing.assert_array_equal(target.counts(y), [2, 1, 1])
    np.testing.assert_array_equal(target.counts(y, weight), [1.5, 2.5, 0.0])


def test_an_unseen_label_is_named():
    for classes, new in ((["a", "b"], ["a", "z"]), ([1, 2], [1, 3]), (["a", "b"], [1, 2])):
        with pytest.raises(
            ValueError, match=f"y holds the label {new[1] if new[0] != 1 or classes[0] == 1 else 1!r}"
        ):
            learn_class_target(classes).codes(new)


@pytest.mark.parametrize(
    ("y", "words"),
    [
        (None, "requires y to be passed, but the target y is None"),
        (["a", "a"], r"logit can't train when only one class is present \('a'\)"),
        (np.array([0.5, 1.7]), "Unknown label type: continuous"),
        ([0.0, np.nan], "Input y contains NaN"),
        ([0.0, np.inf], r"Input y contains infinity or a value too large for dtype\('float64'\)"),
        (np.array(["a", None], dtype=object), "Input y contains NaN"),
        (pd.Series(["a", None], dtype="string"), "Input y contains NaN"),
        (np.array(["a", 1], dtype=object), "Unknown label type: y mixes int, str"),
        (np.array([1j, 2]), "Complex data not supported"),
        (np.array([[0, 1], [1, 1]]), r"got an array of shape \(2, 2\) instead; give one label for each row"),
        (
            np.array([[0.5, 0.6], [0.5, 0.5]]),
            r"1 of its rows are no class probabilities \(row 0 sums to 1.1\)",
        ),
        (np.array([[-0.5, 1.5], [0.5, 0.5]]), "rows must be nonnegative"),
        (np.array([[np.nan, 1.0], [0.5, 0.5]]), "Input y contains NaN"),
        (np.array(["2020-01-01", "2020-01-02"], "datetime64[D]"), "Unknown label type"),
        (["a", "b", "a"], r"inconsistent numbers of samples: \[2, 3\]"),
        ("a", "y should be a 1d array"),
    ],
)
def test_what_is_no_class_target_is_refused_in_a_sentence(y, words):
    with pytest.raises(ValueError, match=words):
        learn_class_target(y, estimator_name="logit", n_rows=2)


def test_labels_and_probabilities_are_not_mistaken_for_each_other():
    with pytest.raises(ValueError, match=r"y has shape \(1, 2\), but one label for each row"):
        learn_class_target([0, 1]).encode([[0.5, 0.5]])
    with pytest.raises(ValueError, match=r"y has shape \(1, 2\), but 3 columns of probabilities"):
        learn_class_target([[0.2, 0.3, 0.5]]).encode([[0.5, 0.5]])
