"""scikit-learn's own checks, and its tools around conformal prediction."""

import pickle

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from deepstat import DeepClassifier, DeepRegressor
from deepstat.conformal import ConformalClassifier, ConformalRegressor

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 2))
Y = X[:, 0] + RNG.normal(size=60)
BOOTSTRAP = "jackknife+-after-bootstrap"
FAST = {"max_epochs": 40, "learning_rate": 0.03, "architecture_params": {"hidden_layer_sizes": (16,)}}


@parametrize_with_checks(
    [
        ConformalRegressor(LinearRegression()),
        ConformalRegressor(LinearRegression(), method="cv+", n_folds=3),
        ConformalClassifier(LogisticRegression()),
        ConformalClassifier(
            LogisticRegression(), method="cv+", n_folds=3, by_class=True, conformity_score="aps"
        ),
    ]
)
def test_conformal_prediction_obeys_the_contract(estimator, check):
    check(estimator)


@pytest.mark.slow
@parametrize_with_checks(
    [
        ConformalRegressor(LinearRegression(), method=BOOTSTRAP, n_resamples=10),
        ConformalClassifier(LogisticRegression(), method=BOOTSTRAP, n_resamples=10),
        ConformalRegressor(DeepRegressor(architecture="mlp", **FAST)),
        ConformalRegressor(DeepRegressor(architecture="mlp", **FAST), method="cv+", n_folds=3),
        ConformalClassifier(DeepClassifier(architecture="mlp", **FAST), method="cv+", n_folds=3),
    ]
)
def test_conformal_deep_estimators_obey_the_contract(estimator, check):
    check(estimator)


def test_parameters_of_the_estimator_are_searched_through_it():
    search = GridSearchCV(ConformalRegressor(Ridge(), random_state=0), {"estimator__alpha": [0.1, 1e6]}, cv=2)
    assert search.fit(X, Y).best_params_ == {"estimator__alpha": 0.1}
    assert np.isfinite(search.best_estimator_.predict_interval(X, 0.5)).all()
    assert cross_val_score(ConformalRegressor(Ridge()), X, Y, cv=2).shape == (2,)


def test_pipelines_go_inside():
    model = ConformalRegressor(make_pipeline(StandardScaler(), Ridge()), method="cv+", random_state=0).fit(
        X, Y
    )
    assert model.predict_interval(X).shape == (60, 2)


@pytest.mark.parametrize(
    "form", [np.asarray, pd.DataFrame, sparse.csr_array, sparse.coo_array, np.ndarray.tolist]
)
def test_all_forms_of_a_table_give_the_same_intervals(form):
    plain = ConformalRegressor(LinearRegression(), method="cv+", n_folds=4, random_state=0).fit(X, Y)
    other = clone(plain).fit(form(X), Y)
    np.testing.assert_allclose(other.predict_interval(form(X)), plain.predict_interval(X), rtol=1e-6)


def test_polars_frames_are_taken():
    frame = pl.DataFrame(X, schema=["a", "b"])
    model = ConformalRegressor(LinearRegression(), method="cv+", n_folds=4, random_state=0).fit(
        frame, pl.Series(Y)
    )
    assert model.predict_interval(frame).shape == (60, 2)
    assert list(model.feature_names_in_) == ["a", "b"]


@pytest.mark.parametrize("method", ["split", "cv+", BOOTSTRAP])
def test_copies_predict_alike(method):
    model = ConformalRegressor(LinearRegression(), method=method, random_state=0).fit(X, Y)
    twin = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(twin.predict_interval(X), model.predict_interval(X))
    assert twin.claim_ == model.claim_ == model.claim()


@pytest.mark.slow
def test_processes_give_the_same_intervals():
    model = ConformalRegressor(LinearRegression(), method="cv+", n_folds=4, random_state=0)
    one, two = clone(model).fit(X, Y), clone(model).set_params(n_jobs=2).fit(X, Y)
    np.testing.assert_array_equal(one.predict_interval(X), two.predict_interval(X))


def test_no_seed_draws_a_new_split_and_an_integer_repeats_it():
    rows = [ConformalRegressor(LinearRegression()).fit(X, Y).calibration_rows_.tolist() for _ in range(3)]
    assert rows[0] != rows[1] or rows[1] != rows[2]
    rows = [
        ConformalRegressor(LinearRegression(), random_state=1).fit(X, Y).calibration_rows_ for _ in range(2)
    ]
    np.testing.assert_array_equal(*rows)
