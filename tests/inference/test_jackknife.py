import numpy as np
import pytest
from scipy import stats
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.linear_model import LinearRegression

from deepstat import DeepRegressor
from deepstat.inference import average_derivative, jackknife
from deepstat.inference.full_batch import check_delete_one


class Mean(RegressorMixin, BaseEstimator):
    def fit(self, X, y, sample_weight=None):
        self.mean_, self.variance_ = np.average(y, weights=sample_weight), np.var(y)
        return self


def mean(fitted):
    return fitted.mean_


@pytest.fixture
def y():
    return np.random.default_rng(0).exponential(size=60)


def test_error_of_a_mean_is_its_standard_error(y):
    result = jackknife(Mean(), y[:, None], y, mean, n_groups=60)
    assert result.standard_error == pytest.approx(stats.sem(y))
    np.testing.assert_allclose(result.interval(0.9), stats.t.interval(0.9, 59, y.mean(), stats.sem(y)))


def test_bias_of_the_variance_is_removed_exactly(y):
    result = jackknife(Mean(), y[:, None], y, lambda fitted: fitted.variance_, n_groups=60)
    assert result.estimate - result.bias == pytest.approx(np.var(y, ddof=1))


def test_grouped_error_is_on_average_that_of_single_rows(y):
    errors = [
        jackknife(Mean(), y[:, None], y, mean, n_groups=20, random_state=s).standard_error for s in range(60)
    ]
    assert np.sqrt(np.mean(np.square(errors))) == pytest.approx(stats.sem(y), rel=0.05)


def test_clusters_are_left_out_whole(y):
    labels = np.arange(60) // 6
    result = jackknife(Mean(), y[:, None], y, mean, n_groups=10, clusters=labels)
    of_clusters = y.reshape(10, 6).mean(axis=1)
    assert result.standard_error == pytest.approx(stats.sem(of_clusters))


def test_a_linear_network_has_the_error_of_least_squares():
    rng = np.random.default_rng(1)
    X = rng.normal(size=(50, 2))
    y = X[:, 0] + rng.normal(size=50)
    network = DeepRegressor(
        architecture="linear", max_epochs=500, learning_rate=0.1, batch_size=50, random_state=0
    )
    deep = jackknife(network, X, y, average_derivative(X, 0), n_groups=50)
    exact = jackknife(LinearRegression(), X, y, lambda fitted: fitted.coef_[0], n_groups=50)
    np.testing.assert_allclose(deep.values, exact.values, atol=1e-4)
    assert deep.standard_error == pytest.approx(exact.standard_error, rel=1e-2)
    assert deep.kind == "confidence interval"


@pytest.mark.parametrize(
    ("params", "n", "message"),
    [
        ({"random_state": None}, 50, "random_state is None"),
        ({"batch_size": 20}, 50, "batch_size is less than the rows"),
        ({}, 200, "early_stopping holds rows out at random"),
        ({"early_stopping": True}, 50, "early_stopping holds rows out at random"),
        ({"architecture_params": {"dropout": 0.1}}, 50, "dropout is not zero"),
    ],
)
def test_leaving_out_single_rows_is_refused_where_fits_are_noisy(params, n, message):
    estimator = DeepRegressor(**{"random_state": 0, **params})
    with pytest.raises(ValueError, match=message):
        check_delete_one(estimator, n, n)
    check_delete_one(estimator, 30, n)
    with pytest.raises(ValueError, match=message):
        jackknife(estimator, np.zeros((n, 1)), np.zeros(n), mean, n_groups=n)
