"""scikit-learn's tools under the context give what they give without it, fold by fold."""

import numpy as np
import pytest
import sklearn
from sklearn.base import clone
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    HalvingGridSearchCV,
    HalvingRandomSearchCV,
    KFold,
    RandomizedSearchCV,
    cross_val_predict,
    cross_val_score,
    cross_validate,
    learning_curve,
    permutation_test_score,
    validation_curve,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler
from torch import nn

import deepstat.model_selection.trainer as trainer_module

GRID = {"learning_rate": [1e-2, 3e-3], "architecture_params__dropout": [0.0, 0.3], "l2": [0.0, 0.01]}


NAMES = ("diabetes", "engel", "breast_cancer", "wine", "iris")


@pytest.mark.parametrize("name", NAMES)
def test_cross_validate_gives_the_scores_of_every_fold(same, model, name):
    deep, X, y = model(name)
    cv = KFold(6, shuffle=True, random_state=0)  # folds of unequal size
    assert same(lambda: cross_validate(deep, X, y, cv=cv, return_train_score=True)) == [6]


@pytest.mark.parametrize("name", NAMES)
def test_a_grid_gives_the_scores_of_every_candidate_and_fold(same, model, name):
    deep, X, y = model(name)

    def search():
        found = GridSearchCV(deep, GRID, cv=3).fit(X, y)
        return found.cv_results_, found.predict(X)

    assert same(search) == [24]


@pytest.mark.parametrize("name", NAMES)
def test_cross_val_predict_gives_the_predictions_of_every_row(same, model, name):
    deep, X, y = model(name)
    method = "predict" if name in ("diabetes", "engel") else "predict_proba"
    assert same(
        lambda: cross_val_predict(make_pipeline(StandardScaler(), deep), X, y, cv=4, method=method)
    ) == [4]


@pytest.mark.parametrize("name", NAMES)
def test_a_learning_curve_is_the_same(same, model, name):
    deep, X, y = model(name)
    sizes = [0.4, 1.0]
    assert same(
        lambda: learning_curve(deep, X, y, cv=3, train_sizes=sizes, shuffle=True, random_state=0)[1:]
    ) == [6]


@pytest.mark.parametrize("name", NAMES)
def test_a_validation_curve_is_the_same(same, model, name):
    deep, X, y = model(name)
    values = {"param_name": "learning_rate", "param_range": [1e-3, 1e-2]}
    assert same(lambda: validation_curve(deep, X, y, cv=3, **values)) == [6]


@pytest.mark.parametrize("name", NAMES)
def test_a_permutation_test_is_the_same(same, model, name):
    deep, X, y = model(name)
    call = {"cv": 2, "n_permutations": 4, "random_state": 0}
    # A task of scikit-learn's is one permutation, and its folds come one after the other.
    assert same(lambda: permutation_test_score(deep, X, y, **call)) == [4, 4]


@pytest.mark.parametrize("name", ["diabetes", "wine"])
def test_a_randomized_search_is_the_same(same, model, name):
    deep, X, y = model(name)
    search = RandomizedSearchCV(deep, GRID, n_iter=4, cv=2, random_state=0)
    assert same(lambda: clone(search).fit(X, y).cv_results_) == [8]


@pytest.mark.parametrize("kind", [HalvingGridSearchCV, HalvingRandomSearchCV])
@pytest.mark.parametrize("name", ["diabetes", "iris"])
def test_a_halving_search_is_the_same(same, model, name, kind):
    deep, X, y = model(name)
    settings = {"resource": "max_epochs", "max_resources": 4, "min_resources": 1, "factor": 2}
    search = kind(deep, {"learning_rate": [1e-4, 1e-3, 1e-2, 3e-2]}, cv=2, random_state=0, **settings)
    assert same(lambda: clone(search).fit(X, y).cv_results_) == [8, 4, 2]


@pytest.mark.parametrize("name", ["diabetes", "breast_cancer"])
def test_nested_cross_validation_is_the_same_in_two_rounds(same, model, name):
    deep, X, y = model(name)
    search = GridSearchCV(deep, {"learning_rate": [1e-2, 3e-3]}, cv=2)
    assert same(lambda: cross_val_score(search, X, y, cv=3)) == [12, 3]  # all candidates, then all last fits


# -- data on the way ---


def test_weights_by_metadata_routing_are_the_same(same, model):
    deep, X, y = model("diabetes")
    weight = np.random.default_rng(0).integers(0, 4, len(y)).astype(float)
    with sklearn.config_context(enable_metadata_routing=True):
        routed = make_pipeline(
            StandardScaler().set_fit_request(sample_weight=True),
            deep.set_fit_request(sample_weight=True).set_score_request(sample_weight=True),
        )
        params = {"sample_weight": weight}
        assert same(lambda: cross_validate(routed, X, y, cv=4, params=params)) == [4]
        search = GridSearchCV(routed, {"deepregressor__l2": [0.0, 0.1]}, cv=2, refit=False)
        assert same(lambda: clone(search).fit(X, y, **params).cv_results_) == [4]
        with_weights = cross_val_score(routed, X, y, cv=4, params=params)
        unweighted = cross_val_score(routed, X, y, cv=4, params={"sample_weight": np.ones(len(y))})
    assert not np.allclose(with_weights, unweighted)


def test_groups_are_the_same(same, model):
    deep, X, y = model("wine")
    groups = np.arange(len(y)) // 7
    assert same(lambda: cross_validate(deep, X, y, cv=GroupKFold(5), groups=groups)) == [5]


@pytest.mark.filterwarnings("ignore:Persisting input arguments:UserWarning")  # of a slow disk
def test_pipelines_with_columns_and_a_cache_are_the_same(same, tables, regressor, tmp_path):
    pd = pytest.importorskip("pandas")
    X, y = tables["diabetes"]
    X = pd.DataFrame(X, columns=[f"x{j}" for j in range(X.shape[1])]).assign(kind=np.where(y > 140, "a", "b"))
    columns = ColumnTransformer(
        [("scale", StandardScaler(), ["x0", "x1"]), ("square", PolynomialFeatures(2), ["x2", "x3"])]
    )
    pipe = make_pipeline(
        columns,
        TransformedTargetRegressor(regressor(), func=np.log, inverse_func=np.exp),
        memory=str(tmp_path),
    )
    assert same(lambda: cross_validate(pipe, X, y, cv=4)) == [4]
    assert same(lambda: cross_validate(regressor(), X, y, cv=4)) == [4]  # with a column of text


def test_networks_that_cannot_share_a_population_are_the_same(same, model):
    deep, X, y = model("diabetes")
    grid = {
        "architecture_params": [{"hidden_layer_sizes": (4,)}, {"hidden_layer_sizes": (3, 3)}],
        "loss": ["squared", "huber", "tukey"],
        "n_members": [1, 2],
    }
    assert same(lambda: GridSearchCV(deep, grid, cv=2, refit=False).fit(X, y).cv_results_) == [24]


def noisy(inputs, n_outputs):
    return nn.Sequential(nn.Linear(inputs.width, 4), nn.Dropout(0.3), nn.Linear(4, n_outputs))


def normalised(inputs, n_outputs):
    return nn.Sequential(nn.Linear(inputs.width, 4), nn.BatchNorm1d(4), nn.ReLU(), nn.Linear(4, n_outputs))


@pytest.mark.parametrize("architecture", [noisy, normalised])
def test_networks_from_elsewhere_are_the_same(same, model, architecture):
    deep, X, y = model("diabetes", architecture=architecture, architecture_params=None)
    assert same(lambda: cross_validate(deep, X, y, cv=3)) == [3]


def test_fits_part_by_part_are_the_same(same, model):
    deep, X, y = model("wine")
    call = {"cv": 3, "train_sizes": [0.5, 1.0], "shuffle": True, "random_state": 0}
    assert same(lambda: learning_curve(deep, X, y, exploit_incremental_learning=True, **call)[1:]) == [3, 3]


def test_several_rounds_are_the_same(same, model):
    deep, X, y = model("diabetes")
    found = same(lambda: cross_validate(deep, X, y, cv=6), memory=300_000)
    assert len(found) > 1
    assert sum(found) == 6


# -- errors ---


@pytest.mark.filterwarnings(
    "ignore::sklearn.exceptions.FitFailedWarning", "ignore:One or more of the test scores"
)
@pytest.mark.parametrize("error_score", [np.nan, -7.0])
def test_an_invalid_candidate_gets_the_error_score(same, model, error_score):
    deep, X, y = model("diabetes")
    grid = {"learning_rate": [1e-2, -1.0, 3e-3]}
    search = GridSearchCV(deep, grid, cv=2, error_score=error_score)
    assert same(lambda: clone(search).fit(X, y).cv_results_) == [4]


# -- the check itself ---


def test_a_trainer_that_swaps_two_results_is_found(same, model, monkeypatch):
    deep, X, y = model("diabetes")
    real = trainer_module.train_chunks

    def swapped(plans, **settings):
        results = real(plans, **settings)
        return [results[1], results[0], *results[2:]]

    monkeypatch.setattr(trainer_module, "train_chunks", swapped)
    with pytest.raises(AssertionError, match="Not equal to tolerance"):
        same(lambda: cross_validate(deep, X, y, cv=4))
