"""Ensembles, wrappers, selectors and strangers give under the context what they give without it."""

import numpy as np
import pytest
from joblib import Parallel, delayed
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin, clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import BaggingRegressor, StackingRegressor, VotingClassifier
from sklearn.feature_selection import RFECV, SequentialFeatureSelector
from sklearn.inspection import permutation_importance
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import KFold, cross_val_score
from sklearn.multioutput import MultiOutputRegressor
from sklearn.preprocessing import StandardScaler


def test_bagging_is_the_same(same, model):
    deep, X, y = model("diabetes", random_state=None)
    bag = BaggingRegressor(deep, n_estimators=6, max_samples=0.7, max_features=0.5, random_state=0)
    assert same(lambda: clone(bag).fit(X, y).predict(X)) == [6]


def test_stacking_is_the_same(same, model, regressor):
    deep, X, y = model("diabetes")
    stack = StackingRegressor(
        [("deep", deep), ("ridge", Ridge()), ("wide", regressor(l2=0.1))], final_estimator=regressor(), cv=3
    )
    # The two on all rows; then the folds of one, and of the other, as scikit-learn asks for them.
    assert same(lambda: clone(stack).fit(X, y).predict(X)) == [2, 6]


def test_voting_is_the_same(same, model, classifier):
    deep, X, y = model("wine")
    vote = VotingClassifier(
        [("a", deep), ("b", classifier(l2=0.1)), ("c", LogisticRegression())], voting="soft"
    )
    X = StandardScaler().fit_transform(X)
    assert same(lambda: clone(vote).fit(X, y).predict_proba(X)) == [2]


def test_one_model_for_each_output_is_the_same(same, model):
    deep, X, y = model("diabetes")
    Y = np.column_stack([y, np.sqrt(y), y**2])
    assert same(lambda: MultiOutputRegressor(deep).fit(X, Y).predict(X)) == [3]


def test_feature_selection_is_the_same(same, model):
    deep, X, y = model("diabetes")
    forward = SequentialFeatureSelector(deep, n_features_to_select=2, cv=2)
    assert same(lambda: clone(forward).fit(X[:, :4], y).get_support()) == [2] * 7

    def importance(fitted):
        return permutation_importance(fitted, X[:, : fitted.n_features_in_], y, n_repeats=1, random_state=0)[
            "importances_mean"
        ]

    backward = RFECV(deep, min_features_to_select=3, cv=3, importance_getter=importance)
    assert same(lambda: vars(clone(backward).fit(X[:, :5], y))["cv_results_"])[:3] == [3, 3, 3]


def test_calibration_is_the_same(same, model):
    deep, X, y = model("breast_cancer")
    calibrated = CalibratedClassifierCV(deep, cv=3)
    assert same(lambda: clone(calibrated).fit(X, y).predict_proba(X)) == [3]


def test_permutation_importance_is_the_same_and_trains_nothing(same, model):
    deep, X, y = model("diabetes")
    deep.fit(X, y)
    assert same(lambda: permutation_importance(deep, X, y, n_repeats=2, random_state=0)["importances"]) == []


class OneForEachHalf(RegressorMixin, BaseEstimator):
    """A meta-estimator that knows joblib, not deepstat."""

    def __init__(self, estimator, return_as="list"):
        self.estimator = estimator
        self.return_as = return_as

    def fit(self, X, y):
        def fit_one(estimator, rows):
            return rows[0], estimator.fit(X[rows], y[rows])

        halves = np.array_split(np.arange(len(X)), 2)
        jobs = (delayed(fit_one)(clone(self.estimator), rows) for rows in halves)
        found = Parallel(n_jobs=2, return_as=self.return_as, prefer="threads", timeout=None)(jobs)
        self.models_ = [model for _, model in sorted(found, key=lambda pair: pair[0])]
        return self

    def predict(self, X):
        return np.mean([model.predict(X) for model in self.models_], axis=0)


@pytest.mark.parametrize("return_as", ["list", "generator", "generator_unordered"])
def test_a_foreign_meta_estimator_is_the_same(same, model, return_as):
    deep, X, y = model("diabetes")
    meta = OneForEachHalf(deep, return_as)
    assert same(lambda: clone(meta).fit(X, y).predict(X)) == [2]
    assert same(lambda: cross_val_score(meta, X, y, cv=3)) == [6]


class TwoStages(RegressorMixin, BaseEstimator):
    """Fits twice in one fit: the second model learns what the first leaves over."""

    def __init__(self, estimator):
        self.estimator = estimator

    def fit(self, X, y):
        self.first_ = clone(self.estimator).fit(X, y)
        self.second_ = clone(self.estimator).fit(X, y - self.first_.predict(X))
        return self

    def predict(self, X):
        return self.first_.predict(X) + self.second_.predict(X)


def test_an_estimator_that_trains_twice_meets_the_others_twice(same, model):
    deep, X, y = model("diabetes")
    assert same(lambda: cross_val_score(TwoStages(deep), X, y, cv=3)) == [3, 3]


class ByBootstrap(ClassifierMixin, BaseEstimator):
    """Draws its rows from a generator that it was given."""

    def __init__(self, estimator, rng):
        self.estimator, self.rng = estimator, rng

    def fit(self, X, y):
        rows = self.rng.integers(0, len(X), len(X))
        self.model_ = clone(self.estimator).fit(X[rows], y[rows])
        self.classes_ = self.model_.classes_
        return self

    def predict(self, X):
        return self.model_.predict(X)


def test_a_generator_shared_by_tasks_is_used_in_their_order(same, model):
    deep, X, y = model("iris")
    X, y = X[::-1].copy(), y[::-1].copy()

    def call():
        rng = np.random.default_rng(0)
        models = Parallel(n_jobs=1)(delayed(ByBootstrap(deep, rng).fit)(X, y) for _ in range(4))
        return [fitted.predict(X) for fitted in models]

    assert same(call) == [4]


def test_a_random_state_instance_is_used_as_ever(same, model):
    def call():
        deep, X, y = model("diabetes", random_state=np.random.RandomState(3))
        return cross_val_score(deep, X, y, cv=KFold(4, shuffle=True, random_state=np.random.RandomState(1)))

    assert same(call) == [4]
