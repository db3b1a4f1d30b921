"""Classical fits under the tools of scikit-learn and of this package: copies, searches, populations, refits."""

import copy
import pickle
import time

import joblib
import numpy as np
import pytest
import statsmodels.api as sm
from sklearn.base import clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.datasets import load_diabetes
from sklearn.exceptions import ConvergenceWarning
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.model_selection import GridSearchCV, KFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import deepstat
from deepstat import (
    DeepClassifier,
    DeepDistributionRegressor,
    DeepExpectileRegressor,
    DeepQuantileRegressor,
    DeepRegressor,
    EnsembleRegressor,
)
from deepstat.conformal import ConformalRegressor
from deepstat.estimators.refit import Draw, refit
from deepstat.inference import bootstrap

NEWTON = {"architecture": "linear", "optimizer": "newton"}
POINT = {"architecture": "linear", "optimizer": "interior_point"}
IRLS = {"architecture": "linear", "optimizer": "irls"}


@pytest.fixture(scope="module")
def diabetes():
    return load_diabetes(return_X_y=True, as_frame=True)


@pytest.fixture(scope="module")
def visits():
    data = sm.datasets.randhie.load_pandas()
    return data.exog.loc[:499, ["lncoins", "idp", "lpi", "fmde", "disea"]], data.endog[:500].astype(float)


def test_clones_forget_the_fit(diabetes):
    X, y = diabetes
    model = DeepRegressor(l2=0.1, **NEWTON).fit(X, y)
    twin = clone(model)
    assert twin.get_params() == model.get_params()
    assert [name for name in vars(twin) if name.endswith("_") or name.startswith("_")] == []


def test_cross_validation_is_that_of_scikit_learns_least_squares(diabetes):
    X, y = diabetes
    folds = KFold(5, shuffle=True, random_state=0)
    found = cross_val_score(DeepRegressor(**NEWTON), X, y, cv=folds)
    np.testing.assert_allclose(found, cross_val_score(LinearRegression(), X, y, cv=folds), rtol=1e-10)
    with deepstat.population():
        together = deepstat.model_selection.cross_val_score(DeepRegressor(**NEWTON), X, y, cv=folds)
    np.testing.assert_array_equal(together, found)


def test_a_search_over_penalties_is_that_of_scikit_learn(diabetes):
    X, y = diabetes
    folds, n = KFold(2), len(y) // 2
    alphas = [0.01, 0.1, 1.0]
    ours = GridSearchCV(DeepRegressor(**NEWTON), {"l2": [alpha / n for alpha in alphas]}, cv=folds).fit(X, y)
    theirs = GridSearchCV(Ridge(), {"alpha": alphas}, cv=folds).fit(X, y)
    np.testing.assert_allclose(
        ours.cv_results_["mean_test_score"], theirs.cv_results_["mean_test_score"], rtol=1e-8
    )
    assert ours.best_params_["l2"] * n == pytest.approx(theirs.best_params_["alpha"])
    assert ours.best_estimator_.coef_.shape == (10,)


def test_penalties_of_standardised_columns_are_those_behind_a_scaler(diabetes):
    X, y = diabetes
    X = X * np.arange(1.0, 11.0)
    ours = DeepRegressor(l2=0.3, optimizer_params={"penalty_scale": "standardised"}, **NEWTON).fit(X, y)
    theirs = make_pipeline(StandardScaler(), Ridge(0.3 * len(y))).fit(X, y)
    np.testing.assert_allclose(ours.predict(X), theirs.predict(X), rtol=1e-8)


def test_pipelines_impute_and_transform(diabetes):
    X, y = diabetes
    gaps = X.mask(np.random.default_rng(0).random(X.shape) < 0.05)
    model = make_pipeline(SimpleImputer(), DeepRegressor(**NEWTON))
    theirs = make_pipeline(SimpleImputer(), LinearRegression())
    np.testing.assert_allclose(model.fit(gaps, y).predict(gaps), theirs.fit(gaps, y).predict(gaps))
    logged = TransformedTargetRegressor(DeepRegressor(**NEWTON), func=np.log, inverse_func=np.exp).fit(X, y)
    assert logged.score(X, y) > 0.4


COPIES = {
    "pickle": lambda model, folder: pickle.loads(pickle.dumps(model)),
    "deepcopy": lambda model, folder: copy.deepcopy(model),
    "joblib": lambda model, folder: joblib.load(joblib.dump(model, folder / "model")[0]),
    "copy of a copy": lambda model, folder: pickle.loads(pickle.dumps(copy.deepcopy(model))),
}


@pytest.mark.parametrize("how", COPIES)
def test_copies_keep_the_report_and_not_the_rows(how, diabetes, tmp_path):
    X, y = diabetes
    y = y * np.pi
    model = DeepRegressor(**NEWTON).fit(X, y.rename("progress"))
    twin = COPIES[how](model, tmp_path)
    np.testing.assert_array_equal(twin.predict(X), model.predict(X))
    np.testing.assert_array_equal(
        twin.predict(X, interval="prediction"), model.predict(X, interval="prediction")
    )
    assert str(twin.summary()) == str(model.summary())
    assert twin.wald_test("bmi = bp") == model.wald_test("bmi = bp")
    with pytest.raises(ValueError, match="covariance: this needs the rows of the fit"):
        twin.inference(covariance="HC3")
    data = pickle.dumps(model)
    assert y.to_numpy()[3:6].tobytes() not in data
    assert X.to_numpy()[:, 2].tobytes() not in data
    assert model.inference(covariance="HC3").covariance_name == "HC3"  # the original keeps them
    np.testing.assert_array_equal(twin.fit(X, y).conf_int(), model.conf_int())


def test_copies_say_why_a_report_could_not_be_kept():
    x = np.arange(12.0)
    model = DeepQuantileRegressor(**POINT).fit(x[:, None], np.where(x < 11, x, 30.0))
    with pytest.raises(ValueError, match="Half of the residuals are equal"):
        model.conf_int()
    twin = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(twin.coef_, model.coef_)
    with pytest.raises(ValueError, match="Half of the residuals are equal"):
        twin.conf_int()
    assert not hasattr(twin, "cov_params_")


# -- refits -----------------------------------------------------------------------------------------------------------

BATCHED = {
    "least squares": DeepRegressor(**NEWTON),
    "ridge": DeepRegressor(l2=0.1, **NEWTON),
    "lasso": DeepRegressor(architecture="linear", optimizer="coordinate_descent", l1=0.01),
    "huber": DeepRegressor(loss="huber", **IRLS),
    "median": DeepQuantileRegressor(quantiles=[0.25, 0.9], **POINT),
    "expectiles": DeepExpectileRegressor(**IRLS),
    "poisson": DeepDistributionRegressor(distribution="poisson", **NEWTON),
    "negative binomial": DeepDistributionRegressor(distribution="negative_binomial", **NEWTON),
    "logit": DeepClassifier(**NEWTON),
    "weighed logit": DeepClassifier(class_weight="balanced", **NEWTON),
}


@pytest.mark.parametrize("name", BATCHED)
def test_batched_refits_equal_fits_of_the_drawn_rows(visits, name):
    X, y = visits
    estimator, rng = BATCHED[name], np.random.default_rng(0)
    if name in ("median", "expectiles"):
        y = y + rng.normal(size=len(y))
    if "logit" in name:
        y = (y > 0).astype(int)
    draws = [Draw(rows=rng.integers(0, 500, 500)) for _ in range(3)] + [
        Draw(weight=rng.poisson(1.0, 500) * 1.0)
    ]
    for draw, found in zip(draws, refit(estimator, X, y, draws), strict=True):
        if draw.rows is None:
            alone = clone(estimator).fit(X, y, sample_weight=draw.weight)
        else:
            alone = clone(estimator).fit(X.iloc[draw.rows], y.iloc[draw.rows])
        size = np.abs(alone.coef_).max()
        np.testing.assert_allclose(found.coef_, alone.coef_, atol=1e-9 * size)
        np.testing.assert_allclose(found.intercept_, alone.intercept_, rtol=1e-9, atol=1e-9 * size)
        if "lasso" in name or "ridge" in name or "weighed" in name:
            continue
        np.testing.assert_allclose(found.inference().bse, alone.inference().bse, rtol=1e-6)


def test_refits_of_other_targets_and_parameters(visits):
    X, y = visits
    draws = [Draw(y=y.to_numpy()[::-1]), Draw(params={"l2": 0.5}), Draw(rows=np.arange(100))]
    found = [model.coef_ for model in refit(DeepRegressor(**NEWTON), X, y, draws)]
    alone = [
        DeepRegressor(**NEWTON).fit(X, y.to_numpy()[::-1]).coef_,
        DeepRegressor(l2=0.5, **NEWTON).fit(X, y).coef_,
        DeepRegressor(**NEWTON).fit(X[:100], y[:100]).coef_,
    ]
    for one, two in zip(found, alone, strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-8)
    with pytest.raises(ValueError, match="Classical solvers have no epochs"):
        list(refit(DeepRegressor(**NEWTON), X, y, draws, snapshots=2))


def test_refits_without_a_maximum_are_counted_in_one_warning():
    x, y = np.arange(12.0)[:, None], np.array([0, 0, 0, 0, 1, 0, 1, 0, 1, 1, 1, 1])
    draws = [
        Draw(),
        Draw(rows=np.array([0, 1, 2, 3, 8, 9, 10, 11])),
        Draw(rows=np.array([0, 1, 2, 9, 10, 11])),
    ]
    with pytest.warns(ConvergenceWarning, match="2 of 3 refits of DeepClassifier did not converge"):
        found = list(refit(DeepClassifier(**NEWTON), x, y, draws))
    assert [model.inference().converged for model in found] == [True, False, False]


def test_a_thousand_bootstrap_fits_are_a_few_batches_of_newton_steps(monkeypatch):
    from deepstat.classical.likelihood import Likelihood

    rng = np.random.default_rng(0)
    X = rng.normal(size=(1000, 10))
    y = rng.poisson(np.exp(0.2 + 0.1 * X.sum(1)))
    model = DeepDistributionRegressor(distribution="poisson", **NEWTON).fit(X, y)
    calls = []
    whole = Likelihood.__call__
    monkeypatch.setattr(
        Likelihood, "__call__", lambda self, x, order: calls.append(len(x)) or whole(self, x, order)
    )
    start = time.perf_counter()
    found = bootstrap(model, X, y, lambda fitted: fitted.coef_, n_draws=1000, n_seeds=0, random_state=0)
    print(f"{time.perf_counter() - start:.1f} s for 1,000 bootstrap GLMs")
    assert found.draws.shape == (1000, 10)
    assert len(calls) < 100
    np.testing.assert_allclose(found.draws.std(0), model.inference().bse[1:], rtol=0.15)


def test_bootstrap_of_least_squares_is_that_of_scikit_learn(diabetes):
    X, y = diabetes
    ours, theirs = (
        bootstrap(model, X, y, lambda fitted: fitted.coef_, n_draws=20, random_state=0).draws
        for model in (DeepRegressor(**NEWTON), LinearRegression())
    )
    np.testing.assert_allclose(ours, theirs, rtol=1e-8)


@pytest.mark.parametrize("method", ["split", "cv+", "jackknife+-after-bootstrap"])
def test_conformal_intervals_of_a_classical_fit(diabetes, method):
    X, y = diabetes
    ours, theirs = (
        ConformalRegressor(model, method=method, random_state=0)
        .fit(X[:300], y[:300])
        .predict_interval(X[300:])
        for model in (DeepRegressor(**NEWTON), LinearRegression())
    )
    np.testing.assert_allclose(ours, theirs, rtol=1e-6)
    assert 0.8 < np.mean((ours[:, 0] <= y[300:]) & (y[300:] <= ours[:, 1])) <= 1.0


def test_ensembles_of_classical_fits(diabetes):
    X, y = diabetes
    bag = EnsembleRegressor(DeepRegressor(**NEWTON), n_members=5, rows="bootstrap", random_state=0).fit(X, y)
    assert bag.predict(X).shape == (442,)
    assert bag.score(X, y) == pytest.approx(LinearRegression().fit(X, y).score(X, y), abs=0.02)
