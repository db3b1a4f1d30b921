from __future__ import annotations

import numpy as np
import pytest
from sklearn.utils.class_weight import compute_class_weight

from deepstat.data.class_weight import class_weights

rng = np.random.default_rng(0)


def test_balanced_weights_are_those_of_scikit_learn():
    y = rng.choice(["a", "b", "c"], p=[0.7, 0.2, 0.1], size=200)
    classes, counts = np.unique(y, return_counts=True)
    expected = compute_class_weight("balanced", classes=classes, y=y)
    np.testing.assert_allclose(class_weights("balanced", None, classes, counts), expected, rtol=1e-14)


def test_named_weights_are_those_of_scikit_learn():
    y = np.array([1, 2, 3, 3])
    expected = compute_class_weight({1: 4.0, 3: 0.5}, classes=np.array([1, 2, 3]), y=y)
    np.testing.assert_array_equal(class_weights({1: 4.0, 3: 0.5}, {}, [1, 2, 3], [1, 1, 2]), expected)


def test_effective_number_by_hand():
    # beta = 1/2, n = (1, 2): effective numbers 1 and 3/2, so weights are 3 to 2, with mean one over rows.
    weights = class_weights("effective_number", {"beta": 0.5}, [0, 1], [1, 2])
    np.testing.assert_allclose(weights, [9 / 7, 6 / 7], rtol=1e-14)


@pytest.mark.parametrize(("beta", "ratio"), [(0.9999, 632.43), (0.9, 1.5353)])
def test_effective_number_ratio_of_10_to_10000_rows(beta, ratio):
    weights = class_weights("effective_number", {"beta": beta}, [0, 1], [10, 10_000])
    assert weights[0] / weights[1] == pytest.approx(ratio, rel=1e-4)


def test_effective_number_counts_a_geometric_series():
    # 1 + beta + beta^2 + ... (n terms) is the effective number of n rows.
    beta, counts = 0.99, np.array([3, 50, 700])
    effective = np.array([sum(beta**i for i in range(n)) for n in counts])
    weights = class_weights("effective_number", {"beta": beta}, [0, 1, 2], counts)
    np.testing.assert_allclose(weights * effective, weights[0] * effective[0], rtol=1e-12)


def test_beta_near_one_is_balanced_and_near_zero_is_even():
    counts = np.array([7, 300])
    near_one = class_weights("effective_number", {"beta": 1 - 1e-12}, [0, 1], counts)
    np.testing.assert_allclose(near_one, class_weights("balanced", None, [0, 1], counts), rtol=1e-8)
    np.testing.assert_allclose(
        class_weights("effective_number", {"beta": 1e-12}, [0, 1], counts), 1.0, rtol=1e-8
    )


@pytest.mark.parametrize(("rule", "params"), [("balanced", None), ("effective_number", {"beta": 0.9})])
def test_the_mean_over_rows_is_one(rule, params):
    counts = rng.uniform(0.5, 50, size=6)
    assert counts @ class_weights(rule, params, range(6), counts) == pytest.approx(counts.sum(), rel=1e-12)


def test_none_is_one_for_each_class():
    np.testing.assert_array_equal(class_weights(None, None, ["a", "b"], [5, 1]), [1.0, 1.0])


@pytest.mark.parametrize(
    ("rule", "params", "words"),
    [
        ("balance", None, "class_weight='balance' is unknown; .* Did you mean 'balanced'"),
        ({"z": 1.0}, None, "class_weight names 'z', which is no class of y"),
        ({"a": -1.0}, None, "class_weight of 'a' is -1.0; give a positive number"),
        ({"a": np.nan}, None, "give a positive number"),
        ("effective_number", None, "give {'beta': b} with b between 0 and 1"),
        ("effective_number", {"beta": 1.0}, "beta=1.0 is out of range"),
        ("effective_number", {"beta": 0.9, "gamma": 1}, "does not fit class_weight='effective_number'"),
        ("balanced", {"beta": 0.9}, "does not fit class_weight='balanced'; leave it out"),
    ],
)
def test_bad_rules_are_refused_in_a_sentence(rule, params, words):
    with pytest.raises(ValueError, match=words):
        class_weights(rule, params, ["a", "b"], [3, 4])


def test_a_class_without_rows_is_named():
    with pytest.raises(ValueError, match="Class 'b' has no training rows"):
        class_weights("balanced", None, ["a", "b"], [3, 0])
