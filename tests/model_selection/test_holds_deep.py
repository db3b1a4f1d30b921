import functools

import numpy as np
import pytest
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.parallel import delayed

from deepstat import DeepClassifier, DeepRegressor
from deepstat.model_selection.holds_deep import holds_deep


class Runner:
    """Somebody's object without parameters."""

    def __init__(self, estimator):
        self.estimator = estimator

    def run(self, rows):
        return self.estimator, rows


def captured(estimator):
    return lambda X: estimator.fit(X)


PLACES = {
    "itself": lambda e: e,
    "a pipeline": lambda e: make_pipeline(StandardScaler(), e),
    "a search over a pipeline": lambda e: GridSearchCV(make_pipeline(e), {}),
    "a transformed target": lambda e: TransformedTargetRegressor(e),
    "columns": lambda e: ColumnTransformer([("a", e, [0])]),
    "a frozen estimator": FrozenEstimator,
    "candidate parameters": lambda e: {"parameters": {"model": e}},
    "a list of pairs": lambda e: [("a", Ridge()), ("b", e)],
    "a partial": lambda e: functools.partial(print, model=e),
    "a bound method": lambda e: e.fit,
    "a bound method of a stranger": lambda e: Runner(e).run,
    "a captured variable": captured,
    "scikit-learn's delayed": lambda e: delayed(captured(e))(1),
}


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
def test_a_deep_estimator_is_found(place):
    assert holds_deep(place(DeepRegressor()))
    assert holds_deep(place(DeepClassifier()))
    assert not holds_deep(place(Ridge()))


def test_a_class_is_found_too():
    assert holds_deep({"factory": DeepRegressor})
    assert not holds_deep(Ridge)


def test_rows_are_not_searched():
    assert not holds_deep([np.zeros(3), list(range(10**6)), "text", None, {"a": 1.0}])


def test_what_contains_itself_is_searched_once():
    loop = [1]
    loop.append(loop)
    assert not holds_deep(loop)


def test_an_object_whose_parameters_cannot_be_read_has_none():
    class Broken:
        def get_params(self, deep=True):
            raise RuntimeError

    assert not holds_deep(Broken())


class NoAttribute:
    def __getattr__(self, name):
        raise KeyError(name)


class NoParameters:
    @property
    def get_params(self):
        raise RuntimeError


class NoValues(dict):
    def values(self):
        raise RuntimeError


@pytest.mark.parametrize("kind", [NoAttribute, NoParameters, NoValues])
def test_an_object_that_cannot_be_read_holds_nothing_and_hides_nobody(kind):
    assert not holds_deep([kind()])
    assert holds_deep([DeepRegressor(), kind()])
