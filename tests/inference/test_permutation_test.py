"""Permutation tests keep their size where plain permutations do not, and find what is there."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.linear_model import LinearRegression, LogisticRegression

from deepstat import DeepClassifier, DeepRegressor
from deepstat.inference import max_t, permutation_test
from deepstat.inference.conditional_sampler import conditional_sampler
from deepstat.inference.draws.permutation import permutation


class LeastSquares(RegressorMixin, BaseEstimator):
    """Least squares without checks, for simulations."""

    def fit(self, X, y):
        self.b_ = np.linalg.lstsq(np.c_[np.ones(len(X)), X], y, rcond=None)[0]
        return self

    def predict(self, X):
        return self.b_[0] + X @ self.b_[1:]


def square(fitted, X, y):
    return fitted.b_[1] ** 2


def simulate(rng, effect=0.0, n=30):
    """Return x correlated with z, and y that depends on z strongly."""
    z = rng.normal(size=n)
    x = 0.8 * z + 0.6 * rng.normal(size=n)
    return np.column_stack([x, z]), effect * x + 3 * z + rng.normal(size=n)


def size(test, n_sets=150, **kwargs):
    """Return how often `test(X, y, seed)` rejects at 10%."""
    rng = np.random.default_rng(0)
    return np.mean([test(*simulate(rng, **kwargs), seed) <= 0.1 for seed in range(n_sets)])


def freedman_lane(X, y, seed):
    return permutation_test(
        LeastSquares(), X, y, 0, statistic=square, n_permutations=39, random_state=seed
    ).p_value


def conditional(X, y, seed):
    return permutation_test(
        LeastSquares(),
        X,
        y,
        0,
        method="conditional",
        column_model=LeastSquares(),
        statistic=square,
        n_permutations=39,
        random_state=seed,
    ).p_value


def permuted_target(X, y, seed):
    """The planted fault: the target itself is permuted, and z with it."""
    observed = LeastSquares().fit(X, y).b_[1] ** 2
    orders = (permutation(len(y), b, seed=seed) for b in range(39))
    null = [LeastSquares().fit(X, y[order]).b_[1] ** 2 for order in orders]
    return (1 + np.sum(null >= observed)) / 40


def marginal(X, rng):
    """The other planted fault: the column is drawn without regard to z."""
    out = X.copy()
    out[:, 0] = rng.permutation(out[:, 0])
    return out


@pytest.mark.parametrize("test", [freedman_lane, conditional])
def test_size_is_the_level(test):
    assert 0.04 <= size(test) <= 0.17


@pytest.mark.parametrize("test", [freedman_lane, conditional])
def test_an_effect_is_found(test):
    assert size(test, n_sets=40, effect=1.0) > 0.7


def test_permuting_the_target_loses_the_size_and_the_power():
    assert size(permuted_target) < 0.03
    assert size(permuted_target, n_sets=40, effect=1.0) < 0.5 * size(freedman_lane, n_sets=40, effect=1.0)


def test_drawing_the_column_without_the_others_loses_the_size():
    def test(X, y, seed):
        return permutation_test(
            LeastSquares(),
            X,
            y,
            0,
            method="conditional",
            sampler=marginal,
            statistic=square,
            n_permutations=39,
            random_state=seed,
        ).p_value

    assert size(test) > 0.2


def test_a_single_column_is_tested_by_permuting_the_target():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(25, 1))
    y = 0.3 * x[:, 0] + rng.normal(size=25)
    found = permutation_test(LinearRegression(), x, y, 0, n_permutations=50, random_state=1)
    seed = np.random.RandomState(1).randint(np.iinfo(np.int32).max)
    slopes = [np.polyfit(x[:, 0], y[permutation(25, b, seed=seed)], 1)[0] for b in range(50)]
    observed = np.polyfit(x[:, 0], y, 1)[0]
    assert found.p_value == pytest.approx((1 + np.sum(np.square(slopes) >= observed**2)) / 51)


def test_columns_tested_with_one_seed_share_permutations_for_max_t():
    X, y = simulate(np.random.default_rng(0), effect=2.0, n=60)
    found = [permutation_test(LeastSquares(), X, y, j, n_permutations=99, random_state=5) for j in (0, 1)]
    adjusted = max_t([one.observed for one in found], np.column_stack([one.null for one in found]))
    assert (adjusted <= 0.05).all()


def test_residuals_stay_within_groups():
    groups = np.repeat([0, 1], 15)
    X, y = simulate(np.random.default_rng(0))
    y = y + 1000 * groups
    seen = []

    def watch(fitted, X, y):
        seen.append(y)
        return 0.0

    X = np.column_stack([X, groups])
    permutation_test(
        LeastSquares(), X, y, 0, statistic=watch, groups=groups, n_permutations=5, random_state=0
    )
    assert all(np.abs((own > 500).astype(int) - groups).max() == 0 for own in seen)


def test_a_network_finds_what_is_there_and_not_what_is_not():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(100, 3))
    y = np.sin(2 * X[:, 0]) + X[:, 1] + 0.3 * rng.normal(size=100)
    network = DeepRegressor(architecture="mlp", max_epochs=40, learning_rate=0.01, random_state=0)
    p = [
        float(permutation_test(network, X, y, j, n_permutations=19, random_state=0).p_value) for j in range(3)
    ]
    assert p[0] == p[1] == 1 / 20
    assert p[2] > 0.05


def test_conditional_test_serves_classes_and_named_columns():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {"a": rng.normal(size=90), "b": rng.normal(size=90), "kind": rng.choice(["u", "v", "w"], 90)}
    )
    frame["kind"] = frame["kind"].astype("category")
    y = np.where(frame["a"] + (frame["kind"] == "v") * 3 + 0.5 * rng.normal(size=90) > 1, "yes", "no")
    classifier = DeepClassifier(architecture="mlp", max_epochs=40, random_state=0)
    options = {"method": "conditional", "n_permutations": 19, "random_state": 0}
    p = {c: float(permutation_test(classifier, frame, y, c, **options).p_value) for c in ("a", "kind")}
    assert p == {"a": 0.05, "kind": 0.05}
    assert permutation_test(classifier, frame, y, "b", **options).p_value > 0.05


def test_scores_and_blocks_of_columns_are_taken():
    X, y = simulate(np.random.default_rng(0))
    found = permutation_test(
        LinearRegression(), X, y, [0, 1], statistic="r2", n_permutations=19, random_state=0
    )
    assert found.observed == pytest.approx(LinearRegression().fit(X, y).score(X, y))
    assert found.p_value == 0.05
    assert "columns [0, 1]" in repr(found)


def test_drawn_numbers_follow_the_regression_on_the_others():
    rng = np.random.default_rng(0)
    z = rng.normal(size=(2000, 1))
    X = np.column_stack([0.8 * z[:, 0] + 0.6 * rng.normal(size=2000), z])
    drawn = conditional_sampler(X, [0], model=LeastSquares(), seed=0, fit_seed=0)(0)
    np.testing.assert_array_equal(drawn[:, 1], X[:, 1])
    np.testing.assert_allclose(np.cov(drawn.T), np.cov(X.T), atol=0.06)
    independent = np.corrcoef(drawn[:, 0] - 0.8 * z[:, 0], X[:, 0] - 0.8 * z[:, 0])[0, 1]
    assert abs(independent) < 0.08


def test_drawn_two_values_follow_their_probabilities():
    rng = np.random.default_rng(0)
    z = rng.normal(size=2000)
    X = np.column_stack([(rng.random(2000) < 1 / (1 + np.exp(-2 * z))).astype(float), z])
    drawn = conditional_sampler(X, [0], model=LogisticRegression(), seed=0, fit_seed=0)(1)
    assert set(drawn[:, 0]) == {0.0, 1.0}
    for side in (z > 1, z < -1):
        assert drawn[side, 0].mean() == pytest.approx(X[side, 0].mean(), abs=0.05)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"method": "permute"}, "Unknown method"),
        ({"column": 7}, "no column 7"),
        ({"column": "age"}, "no column 'age'"),
        ({"column": []}, "column is empty"),
        ({"n_permutations": 0}, "n_permutations=0"),
        ({"groups": [1, 2]}, "one label for each of 30 rows"),
        ({"sampler": marginal}, "does not use sampler"),
        ({"method": "conditional", "sampler": marginal, "column_model": LeastSquares()}, "give one of them"),
        ({"method": "conditional", "column_model": LogisticRegression()}, "must be|has numbers"),
        ({"estimator": LogisticRegression()}, "for classes choose method='conditional'"),
    ],
)
def test_what_does_not_fit_together_is_refused(options, message):
    X, y = simulate(np.random.default_rng(0))
    options = {"estimator": LeastSquares(), "column": 0, **options}
    with pytest.raises((ValueError, TypeError), match=message):
        permutation_test(X=X, y=y, **options)


def test_missing_values_of_the_column_are_refused():
    X, y = simulate(np.random.default_rng(0))
    X[3, 0] = np.nan
    with pytest.raises(ValueError, match="1 missing values"):
        permutation_test(DeepRegressor(), X, y, 0, method="conditional")
