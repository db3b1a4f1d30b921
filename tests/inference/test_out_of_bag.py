"""Out-of-bag errors against brute force over the index matrix, and the no-information rate against all pairs."""

import numpy as np
import pytest
from sklearn.datasets import load_diabetes, load_iris
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import log_loss
from sklearn.neighbors import KNeighborsClassifier
from sklearn.tree import DecisionTreeClassifier

from deepstat.inference import bootstrap, prediction
from deepstat.inference.draws.pairs import pairs
from deepstat.inference.out_of_bag import OutOfBag, plus_632
from deepstat.inference.row_losses import ROW_LOSSES, row_loss

LOSSES = {
    "squared": lambda y, f: ((y - f) ** 2).mean(),
    "absolute": lambda y, f: np.abs(y - f).mean(),
    "zero_one": lambda y, f: float(y != f),
    "log": lambda y, f: -np.log(f[y]),
}


def example(name, n=40):
    """Return targets and predictions in the form that a loss takes, with ties."""
    rng = np.random.default_rng(0)
    if name == "log":
        return rng.integers(3, size=n), rng.dirichlet(np.ones(3), size=n)
    if name == "zero_one":
        return rng.integers(3, size=n), rng.integers(4, size=n)
    return rng.normal(size=(n, 2)).round(1), rng.normal(size=(n, 2)).round(1) + 5


@pytest.mark.parametrize("name", ROW_LOSSES)
def test_no_information_rate_is_the_mean_over_all_pairs(name):
    y, f = example(name)
    weight = np.random.default_rng(1).uniform(0.5, 2, size=len(y))
    pairs_of_rows = [[LOSSES[name](y[i], f[j]) for j in range(len(f))] for i in range(len(y))]
    exact = weight @ np.array(pairs_of_rows) @ weight / weight.sum() ** 2
    assert row_loss(name).no_information(y, f, weight) == pytest.approx(exact, rel=1e-12)


@pytest.mark.parametrize("name", ROW_LOSSES)
def test_loss_of_a_row_is_its_definition(name):
    y, f = example(name)
    np.testing.assert_allclose(
        row_loss(name).per_row(y, f), [LOSSES[name](a, b) for a, b in zip(y, f, strict=True)]
    )


@pytest.mark.parametrize(
    "name", ["r2", "roc_auc", "rmse", "neg_root_mean_squared_error", "average_precision"]
)
def test_scores_that_no_row_has_by_itself_are_refused(name):
    with pytest.raises(ValueError, match=r"not a mean over rows; choose one of squared, absolute"):
        row_loss(name)


def test_an_unknown_loss_is_refused():
    with pytest.raises(ValueError, match="There is no out-of-bag error for 'hinge'"):
        row_loss("hinge")


def test_leave_one_out_bootstrap_equals_brute_force_over_the_index_matrix():
    X, y = load_diabetes(return_X_y=True)
    X, y = X[:60], y[:60]
    found = bootstrap(
        LinearRegression(),
        X,
        y,
        lambda fitted: fitted.coef_,
        n_draws=30,
        out_of_bag="absolute",
        random_state=5,
    ).out_of_bag
    index = [
        draw.rows for draw in pairs(60, 30, seed=np.random.RandomState(5).randint(np.iinfo(np.int32).max))
    ]
    of_row = [[] for _ in y]
    for rows in index:
        fitted = LinearRegression().fit(X[rows], y[rows])
        for i in set(range(60)) - set(rows.tolist()):
            of_row[i].append(abs(y[i] - fitted.predict(X[i : i + 1])[0]))
    leave_one_out = np.mean([np.mean(own) for own in of_row if own])
    training = np.abs(y - LinearRegression().fit(X, y).predict(X)).mean()
    assert found.leave_one_out == pytest.approx(leave_one_out, rel=1e-9)
    assert found.error_632 == pytest.approx(0.368 * training + 0.632 * leave_one_out, rel=1e-9)
    assert found.n_never_out == sum(not own for own in of_row)


def test_632_plus_of_a_nearest_neighbour_to_noise_is_the_error_of_guessing():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(100, 3)), rng.integers(2, size=100)
    error = bootstrap(
        KNeighborsClassifier(1), X, y, prediction(X[:1]), n_draws=60, out_of_bag=True, random_state=0
    ).out_of_bag
    assert error.loss == "zero_one"
    assert error.training == 0
    assert abs(error.error_632_plus - 0.5) < 0.06
    assert error.error_632 < 0.37  # which .632 gets wrong


def test_632_plus_lies_between_632_and_leave_one_out():
    for training, out, rate in [(0.1, 0.2, 0.5), (0.0, 0.4, 0.5), (0.2, 0.21, 0.9)]:
        error, overfitting = plus_632(training, out, rate)
        assert 0.368 * training + 0.632 * out <= error <= out
        assert overfitting == pytest.approx((out - training) / (rate - training))


def test_without_overfitting_632_plus_is_632():
    assert plus_632(0.3, 0.2, 0.5) == (pytest.approx(0.368 * 0.3 + 0.632 * 0.2), 0.0)
    assert plus_632(0.5, 0.6, 0.4) == (pytest.approx(0.368 * 0.5 + 0.632 * 0.6), 0.0)


def test_log_loss_of_a_class_that_a_draw_lacks_is_finite():
    X, y = load_iris(return_X_y=True)
    fitted = LogisticRegression(max_iter=500).fit(X[:100], y[:100])  # never saw the third class
    whole = LogisticRegression(max_iter=500).fit(X, y)
    oob = OutOfBag("log", X, y)
    oob.set_original(whole)
    oob.add(fitted, np.arange(100))
    found = oob.error()
    assert found.training == pytest.approx(log_loss(y, whole.predict_proba(X)))
    assert found.leave_one_out == pytest.approx(-np.log(np.finfo(float).eps))


def test_weights_count_rows():
    X, y = load_iris(return_X_y=True)
    weight = np.ones(150)
    weight[:50] = 3
    tree = DecisionTreeClassifier(max_depth=1, random_state=0).fit(X, y)
    one, many = (
        OutOfBag("zero_one", X, y, weight),
        OutOfBag("zero_one", np.r_[X, X[:50], X[:50]], np.r_[y, y[:50], y[:50]]),
    )
    for oob, rows in ((one, np.arange(120)), (many, np.r_[np.arange(120), np.arange(150, 250)])):
        oob.set_original(tree)
        oob.add(tree, rows)
    assert one.error().training == pytest.approx(many.error().training)
    assert one.error().no_information == pytest.approx(many.error().no_information)


def test_no_row_left_out_is_an_error():
    oob = OutOfBag("squared", np.zeros((3, 1)), np.arange(3.0))
    oob.set_original(LinearRegression().fit(np.zeros((3, 1)), np.arange(3.0)))
    with pytest.raises(ValueError, match="make more draws"):
        oob.error()
