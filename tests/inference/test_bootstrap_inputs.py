"""What cannot be bootstrapped is told in one sentence, before anything is trained."""

import numpy as np
import pytest
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsRegressor
from sklearn.neural_network import MLPRegressor
from sklearn.preprocessing import StandardScaler

from deepstat.inference import bootstrap, prediction


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    return rng.normal(size=(40, 3)), rng.normal(size=40)


class Untouchable(RegressorMixin, BaseEstimator):
    """An estimator that must not be trained."""

    def fit(self, X, y, sample_weight=None):
        raise AssertionError("trained")

    def predict(self, X):
        raise AssertionError("used")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"scheme": "pair"}, "Unknown scheme 'pair'.*Did you mean 'pairs'"),
        ({"scheme": 3}, "give a name"),
        ({"scheme": "cluster"}, "needs clusters"),
        ({"scheme": "block"}, "needs block_length"),
        ({"scheme": "parametric"}, "needs family"),
        (
            {"clusters": np.zeros(40)},
            "does not use clusters; leave it out, or choose scheme cluster or wild or bayesian",
        ),
        ({"scheme": "block", "block_length": 30}, "from 1 to 20"),
        ({"scheme": "cluster", "clusters": np.zeros(40)}, "at least two clusters"),
        ({"scheme": "stratified", "strata": np.zeros(39)}, "one label for each of 40 rows"),
        ({"scheme": "wild", "multiplier": "webb"}, "Unknown multiplier"),
        ({"scheme": "wild", "residuals": "raw"}, "choose one of cross-fitted, leverage"),
        ({"scheme": "parametric", "family": "cauchy"}, "Unknown family"),
        ({"scheme": "parametric", "family": "bernoulli"}, "needs a classifier"),
        ({"n_draws": 1}, "n_draws=1 is out of range"),
        ({"n_draws": 2.5}, "whole number"),
        ({"n_seeds": 1}, "n_seeds=1"),
        ({"level": 95}, "between 0 and 1"),
        ({"method": "bootstrap-t"}, "Unknown method"),
        ({"seeds": "random"}, "choose one of fixed, varying"),
        ({"method": "bca", "scheme": "bayesian"}, "scheme that draws rows"),
        ({"method": "bca", "n_groups": 41}, "from 2 to 40"),
        ({"out_of_bag": "r2"}, "not a mean over rows"),
        ({"out_of_bag": "zero_one"}, "needs a classifier"),
        ({"out_of_bag": True, "scheme": "bayesian"}, "no independent rows"),
        ({"scheme": "residual", "sample_weight": np.ones(40)}, "takes no sample_weight"),
        ({"sample_weight": -np.ones(40)}, "Negative"),
        ({"statistic": "mean"}, "function of a fitted estimator"),
    ],
)
def test_what_does_not_fit_together_is_told_before_anything_is_trained(data, options, message):
    options = {"statistic": prediction(data[0]), **options}
    with pytest.raises((ValueError, TypeError), match=message):
        bootstrap(Untouchable(), *data, **options)


@pytest.mark.parametrize(
    ("estimator", "options", "message"),
    [
        (DummyClassifier(), {"scheme": "residual"}, "real target"),
        (LogisticRegression(), {"scheme": "parametric", "family": "normal"}, "needs a regressor"),
        (MLPRegressor(early_stopping=True), {}, "holds out rows by itself"),
        (StandardScaler, {}, "fit and get_params"),
        (KNeighborsRegressor(), {"scheme": "bayesian"}, "takes no sample_weight"),
    ],
)
def test_an_estimator_that_does_not_go_with_the_scheme_is_refused(data, estimator, options, message):
    X, y = data
    with pytest.raises((ValueError, TypeError), match=message):
        bootstrap(estimator, X, (y > 0).astype(int), prediction(X), **options)
