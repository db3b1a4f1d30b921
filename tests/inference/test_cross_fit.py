import numpy as np
import pytest
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.datasets import load_iris
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import PredefinedSplit, cross_val_predict

from deepstat import DeepRegressor
from deepstat.inference.cross_fit import cross_fit
from deepstat.inference.draws.deletion_labels import deletion_labels
from deepstat.inference.simulator import simulator


class Memory(RegressorMixin, BaseEstimator):
    """Predicts how often it has seen a row."""

    def fit(self, X, y):
        self.seen_ = X[:, 0]
        return self

    def predict(self, X):
        return np.isin(X[:, 0], self.seen_).astype(float)


def test_no_row_is_predicted_by_a_fit_that_has_seen_it():
    X = np.arange(23.0)[:, None]
    fitted, out_of_fold = cross_fit(Memory(), X, X[:, 0], seed=0)
    assert fitted.tolist() == [1.0] * 23
    assert out_of_fold.tolist() == [0.0] * 23


def test_no_cluster_is_predicted_by_a_fit_that_has_seen_it():
    clusters = np.arange(24, dtype=np.int32) // 4
    X = clusters[:, None].astype(float)
    _, out_of_fold = cross_fit(Memory(), X, X[:, 0], seed=0, n_folds=3, clusters=clusters)
    assert out_of_fold.tolist() == [0.0] * 24


@pytest.mark.parametrize(
    "estimator", [LinearRegression(), DeepRegressor(architecture="mlp", max_epochs=3, random_state=1)]
)
def test_predictions_are_those_of_scikit_learn_with_the_same_folds(estimator):
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(40, 2)), rng.normal(size=(40,))
    _, out_of_fold = cross_fit(estimator, X, y, seed=3, fit_seed=getattr(estimator, "random_state", None))
    folds = PredefinedSplit(deletion_labels(40, 5, seed=3))
    np.testing.assert_allclose(out_of_fold, cross_val_predict(estimator, X, y, cv=folds), atol=1e-9)


def test_classifiers_give_probabilities_and_every_fold_has_all_classes():
    X, y = load_iris(return_X_y=True)
    _, out_of_fold = cross_fit(LogisticRegression(max_iter=1000), X, y, seed=0)
    assert out_of_fold.shape == (150, 3)
    assert (out_of_fold.argmax(axis=1) == y).mean() > 0.9


def test_a_class_that_a_fold_would_lack_is_told():
    X, y = load_iris(return_X_y=True)
    with pytest.raises(ValueError, match="has one row, without which no fit knows it"):
        cross_fit(LogisticRegression(), X[:51], y[:51], seed=0)
    cross_fit(LogisticRegression(max_iter=1000), X[:102], y[:102], seed=0)
    clusters = np.repeat([0, 1, 2], 50).astype(np.int32)
    with pytest.raises(ValueError, match="too few clusters have it"):
        cross_fit(LogisticRegression(max_iter=1000), X, y, seed=0, n_folds=3, clusters=clusters)


@pytest.mark.parametrize("family", ["normal", "poisson"])
def test_simulated_numbers_have_the_moments_of_their_family(family):
    prediction = np.full(200_000, 3.0)
    y = simulator(family, prediction, scale=1.5)(np.random.default_rng(0))
    assert y.mean() == pytest.approx(3.0, abs=0.02)
    assert y.var() == pytest.approx({"normal": 2.25, "poisson": 3.0}[family], rel=0.02)


def test_simulated_classes_have_their_probabilities():
    probabilities = np.tile([0.2, 0.5, 0.3], (100_000, 1))
    y = simulator("categorical", probabilities, classes=np.array(["a", "b", "c"]))(np.random.default_rng(0))
    np.testing.assert_allclose([np.mean(y == c) for c in "abc"], [0.2, 0.5, 0.3], atol=0.006)


def test_a_function_simulates_from_predictions():
    simulate = simulator(lambda prediction, rng: prediction + 1, np.zeros(3))
    assert simulate(np.random.default_rng(0)).tolist() == [1.0, 1.0, 1.0]


def test_negative_predictions_are_no_poisson_means():
    with pytest.raises(ValueError, match="1 predictions are negative"):
        simulator("poisson", np.array([1.0, -1.0]))
