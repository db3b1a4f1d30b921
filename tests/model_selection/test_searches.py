import pickle

import numpy as np
import pytest
import sklearn
from sklearn import model_selection
from sklearn.base import clone
from sklearn.model_selection import KFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from deepstat import model_selection as ours
from deepstat import population
from deepstat.model_selection import population as population_of_package

GRID = {"l2": [0.0, 0.1], "learning_rate": [1e-2, 3e-3]}
HALVING = {"resource": "max_epochs", "max_resources": 2, "min_resources": 1, "factor": 2}
SEARCHES = {
    "GridSearchCV": {},
    "RandomizedSearchCV": {"n_iter": 3, "random_state": 0},
    "HalvingGridSearchCV": {**HALVING, "random_state": 0},
    "HalvingRandomSearchCV": {**HALVING, "random_state": 0},
}
CALLS = {
    "cross_validate": {},
    "cross_val_score": {},
    "cross_val_predict": {},
    "learning_curve": {"train_sizes": [0.5, 1.0]},
    "validation_curve": {"param_name": "l2", "param_range": [0.0, 0.1]},
    "permutation_test_score": {"n_permutations": 3, "random_state": 0},
}


@pytest.fixture
def diabetes(tables):
    return tables["diabetes"]


def numbers(result):
    if isinstance(result, dict):
        return result["test_score"]
    return np.concatenate([np.ravel(part) for part in result]) if isinstance(result, tuple) else result


@pytest.mark.parametrize("name", CALLS)
def test_functions_by_scikit_learns_names_give_its_numbers(name, regressor, diabetes):
    call = {"cv": 3, **CALLS[name]}
    found = getattr(ours, name)(regressor(), *diabetes, **call)
    expected = getattr(model_selection, name)(regressor(), *diabetes, **call)
    np.testing.assert_allclose(numbers(found), numbers(expected), rtol=1e-8)


@pytest.mark.parametrize("name", CALLS)
def test_functions_say_what_they_are(name):
    function = getattr(ours, name)
    assert function.__name__ == name
    assert "train together" in function.__doc__
    assert "Parameters\n----------\nestimator" in function.__doc__
    assert pickle.loads(pickle.dumps(function)) is function


@pytest.mark.parametrize(("name", "settings"), SEARCHES.items())
def test_searches_by_scikit_learns_names_give_its_numbers(name, settings, regressor, diabetes):
    found = getattr(ours, name)(regressor(), GRID, cv=2, **settings).fit(*diabetes)
    expected = getattr(model_selection, name)(regressor(), GRID, cv=2, **settings).fit(*diabetes)
    np.testing.assert_allclose(
        found.cv_results_["mean_test_score"], expected.cv_results_["mean_test_score"], rtol=1e-8
    )
    np.testing.assert_allclose(found.predict(diabetes[0]), expected.predict(diabetes[0]), rtol=1e-8)
    assert found.best_params_ == expected.best_params_


@pytest.mark.parametrize(("name", "settings"), SEARCHES.items())
def test_searches_clone_pickle_and_show_parameters(name, settings, regressor, diabetes):
    kind = getattr(ours, name)
    search = kind(regressor(), GRID, cv=2, n_jobs=1, **settings)
    theirs = getattr(model_selection, name)(regressor(), GRID, cv=2, n_jobs=1, **settings)
    assert search.get_params().keys() == theirs.get_params().keys()
    assert repr(search) == repr(theirs)
    assert type(clone(search)) is kind
    assert clone(search).set_params(estimator__l2=0.5).estimator.l2 == 0.5
    fitted = pickle.loads(pickle.dumps(search.fit(*diabetes)))
    assert type(fitted) is kind
    np.testing.assert_array_equal(fitted.predict(diabetes[0]), search.predict(diabetes[0]))


def test_a_search_inside_cross_validation_is_one_population(regressor, diabetes):
    search = make_pipeline(StandardScaler(), ours.GridSearchCV(regressor(), GRID, cv=2))
    with population() as together:
        found = ours.cross_val_score(search, *diabetes, cv=3)
    assert [each.n_fits for each in together.rounds] == [24, 3]
    expected = cross_val_score(
        make_pipeline(StandardScaler(), model_selection.GridSearchCV(regressor(), GRID, cv=2)),
        *diabetes,
        cv=3,
    )
    np.testing.assert_allclose(found, expected, rtol=1e-8)


def test_metadata_are_routed_through_our_searches(regressor, diabetes):
    X, y = diabetes
    weight = np.arange(len(y)) % 3 + 0.0
    with sklearn.config_context(enable_metadata_routing=True):
        deep = regressor().set_fit_request(sample_weight=True).set_score_request(sample_weight=True)
        results = [
            cross_val_score(
                package.GridSearchCV(deep, GRID, cv=2), X, y, cv=KFold(2), params={"sample_weight": weight}
            )
            for package in (ours, model_selection)
        ]
    np.testing.assert_allclose(*results, rtol=1e-8)


def test_population_is_a_public_name():
    assert population is population_of_package
