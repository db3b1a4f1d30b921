import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from deepstat.inference import average_derivative, contrast, prediction, reliance, score
from deepstat.inference.columns import column_numbers, with_rows_of, with_values, without_columns


class Function(RegressorMixin, BaseEstimator):
    """A known function in place of a fit."""

    def __init__(self, f):
        self.f = f

    def predict(self, X):
        return np.asarray(self.f(X), dtype=float)


X = np.column_stack([np.linspace(-2, 2, 41), np.arange(41) % 2, np.arange(41) % 5])


def test_derivative_of_a_linear_function_is_its_coefficient():
    assert average_derivative(X, 0)(Function(lambda X: X @ [1.5, 2.0, 3.0])) == pytest.approx(1.5)


def test_derivative_of_a_quadratic_is_exact_for_any_step():
    for step in (0.01, 1.0):
        assert average_derivative(X + 1, 0, step=step)(Function(lambda X: X[:, 0] ** 2)) == pytest.approx(2.0)


def test_derivative_of_a_kink_is_its_mean_slope_over_the_step():
    found = average_derivative(X, 0, step=0.5)(Function(lambda X: np.maximum(X[:, 0], 0)))
    half = 0.5 * X[:, 0].std()
    slope = np.clip((X[:, 0] + half) / (2 * half), 0, 1).mean()
    assert found == pytest.approx(slope)


def test_two_values_are_contrasted_and_not_differentiated():
    assert average_derivative(X, 1)(Function(lambda X: np.sin(X[:, 1]))) == pytest.approx(np.sin(1))


def test_whole_numbers_move_by_one():
    counts = pd.DataFrame({"k": np.arange(6)})
    assert average_derivative(counts, "k")(Function(lambda X: X["k"] ** 2)) == pytest.approx((36 - 0) / 6)


@pytest.mark.parametrize("kind", ["category", "object", "polars"])
def test_categories_are_contrasted_with_the_first_level(kind):
    values = ["b", "c", "a", "b"]
    if kind == "polars":
        frame = pl.DataFrame({"c": values, "x": [1.0, 2.0, 3.0, 4.0]})
    else:
        frame = pd.DataFrame({"c": pd.Series(values, dtype=kind), "x": [1.0, 2.0, 3.0, 4.0]})
    effect = {"a": 1.0, "b": 5.0, "c": -1.0}
    f = Function(lambda X: [effect[c] * x for c, x in zip(X["c"], X["x"], strict=True)])
    np.testing.assert_allclose(average_derivative(frame, "c")(f), [4 * 2.5, -2 * 2.5])


def test_rows_where_the_column_is_missing_are_left_out():
    with_gap = X.copy()
    with_gap[0, 0] = np.nan
    assert average_derivative(with_gap, 0)(Function(lambda X: X[:, 0] ** 2)) == pytest.approx(
        2 * X[1:, 0].mean()
    )


def test_probabilities_change_and_not_labels():
    rows, y = load_iris(return_X_y=True)
    fitted = LogisticRegression(max_iter=1000).fit(rows, y)
    found = average_derivative(rows, 3)(fitted)
    assert found.shape == (3,)
    assert found.sum() == pytest.approx(0, abs=1e-12)
    np.testing.assert_array_equal(prediction(rows[:2])(fitted), fitted.predict_proba(rows[:2]))


def test_a_constant_column_is_refused():
    with pytest.raises(ValueError, match="one value only"):
        average_derivative(np.ones((4, 1)), 0)
    with pytest.raises(ValueError, match="positive number of standard deviations"):
        average_derivative(X, 0, step=0)


def test_contrast_is_a_difference_and_its_average():
    f = Function(lambda X: X[:, 0] * X[:, 1])
    np.testing.assert_allclose(contrast(X + 1, X)(f), X[:, 0] + X[:, 1] + 1)
    assert contrast(X + 1, X, average=True)(f) == pytest.approx((X[:, 0] + X[:, 1] + 1).mean())


def test_score_is_scikit_learns():
    rows, y = load_iris(return_X_y=True)
    fitted = LogisticRegression(max_iter=1000).fit(rows[:100], y[:100])
    assert score(rows[:100], y[:100], "roc_auc")(fitted) == roc_auc_score(
        y[:100], fitted.decision_function(rows[:100])
    )
    assert score(rows[:100], y[:100])(fitted) == fitted.score(rows[:100], y[:100])


def test_reliance_on_a_coefficient_is_its_square_times_a_number_of_the_column():
    one, three = (reliance([0])(Function(lambda X, b=b: b * X[:, 0] + X[:, 1]), X, None) for b in (1, 3))
    assert three == pytest.approx(9 * one)
    assert reliance([2])(Function(lambda X: X[:, 0]), X, None) == 0


def polars_frame(values):
    return pl.DataFrame(dict(zip("abc", values.T, strict=True)))


def frame_in_disorder(values):
    return pd.DataFrame(values, index=np.arange(len(values))[::-1] // 2)


@pytest.mark.parametrize("make", [np.asarray, pd.DataFrame, polars_frame, frame_in_disorder])
def test_columns_are_replaced_without_touching_the_table(make):
    table = make(X.copy())
    order = np.arange(41)[::-1]
    numbers = column_numbers(table, [0, -1])
    swapped = np.asarray(with_rows_of(table, numbers, order))
    np.testing.assert_array_equal(swapped[:, [0, 2]], X[order][:, [0, 2]])
    np.testing.assert_array_equal(swapped[:, 1], X[:, 1])
    np.testing.assert_array_equal(np.asarray(with_values(table, 1, np.full(41, 0.5)))[:, 1], 0.5)
    np.testing.assert_array_equal(np.asarray(without_columns(table, [0]))[:, 0], X[:, 1])
    np.testing.assert_array_equal(np.asarray(table), X)


def test_a_column_that_is_not_there_is_refused():
    with pytest.raises(ValueError, match="names a, b"):
        column_numbers(pd.DataFrame({"a": [1], "b": [2]}), "c")
    with pytest.raises(ValueError, match="dense"):
        column_numbers(sparse.csr_array(np.eye(2)), 0)
