"""What has nothing to do with deepstat runs as it would without the context."""

import os
import threading

import joblib
import numpy as np
import pytest
from joblib import Parallel, delayed
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.ensemble import BaggingRegressor, RandomForestRegressor
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV, cross_val_score, cross_validate
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline

from deepstat import population
from deepstat.model_selection import cross_validate as ours


@pytest.fixture
def diabetes(tables):
    return tables["diabetes"]


@pytest.fixture
def noting():
    """Return an estimator, of a local class so that processes can unpickle it, that notes where it is fitted."""

    class Noting(RegressorMixin, BaseEstimator):
        def __init__(self, estimator=None):
            self.estimator = estimator

        def fit(self, X, y):
            import threading

            self.pid_, self.thread_ = os.getpid(), threading.current_thread().name
            self.jobs_ = joblib.effective_n_jobs(None)
            return self

        def predict(self, X):
            return np.zeros(len(X))

    return Noting


def where(scores):
    return {fitted.pid_ for fitted in scores["estimator"]}, {fitted.thread_ for fitted in scores["estimator"]}


def test_foreign_fits_run_in_the_callers_thread_by_default(noting, diabetes):
    with population() as together:
        pids, threads = where(cross_validate(noting(), *diabetes, cv=3, return_estimator=True))
    assert (pids, threads) == ({os.getpid()}, {threading.main_thread().name})
    assert together.rounds == []


def test_foreign_fits_run_in_processes_where_asked_and_ours_here(noting, diabetes, regressor):
    call = {"cv": 4, "n_jobs": 2, "return_estimator": True}
    with population():
        foreign, _ = where(cross_validate(noting(), *diabetes, **call))
        mine, _ = where(cross_validate(noting(regressor()), *diabetes, **call))
    assert os.getpid() not in foreign
    assert mine == {os.getpid()}


def test_foreign_fits_obey_the_configuration_around_the_context(noting, diabetes):
    with joblib.parallel_config(backend="threading", n_jobs=2), population():
        pids, threads = where(cross_validate(noting(), *diabetes, cv=4, return_estimator=True))
    assert pids == {os.getpid()}
    assert threading.main_thread().name not in threads


@pytest.mark.parametrize("n_jobs", [None, 1, 2])
def test_foreign_scores_are_the_same(same, diabetes, n_jobs):
    call = {"cv": 4, "n_jobs": n_jobs}
    assert same(lambda: cross_val_score(Ridge(), *diabetes, **call)) == []
    assert same(lambda: GridSearchCV(Ridge(), {"alpha": [0.1, 1.0]}, **call).fit(*diabetes).cv_results_) == []


def test_a_forest_and_neighbours_are_the_same(same, diabetes):
    forest = RandomForestRegressor(20, n_jobs=2, random_state=0)
    X, y = diabetes
    assert same(lambda: forest.fit(X, y).predict(X)) == []
    assert same(lambda: KNeighborsRegressor().fit(X, y).predict(X)) == []


def test_a_foreign_part_of_a_deep_pipeline_is_the_same(same, diabetes, regressor):
    bag = BaggingRegressor(make_pipeline(Ridge()), n_estimators=3, random_state=0, n_jobs=2)

    class Residual(RegressorMixin, BaseEstimator):
        def __init__(self, first, second):
            self.first, self.second = first, second

        def fit(self, X, y):
            self.first.fit(X, y)
            self.second.fit(X, y - self.first.predict(X))
            return self

        def predict(self, X):
            return self.first.predict(X) + self.second.predict(X)

    assert same(lambda: cross_val_score(Residual(bag, regressor()), *diabetes, cv=2)) == [2]


def test_foreign_and_deep_candidates_can_be_mixed(same, diabetes, regressor):
    pipe = make_pipeline(Ridge())
    grid = {"ridge": [Ridge(), regressor(), Ridge(0.1), regressor(l2=0.1)]}
    assert same(lambda: GridSearchCV(pipe, grid, cv=2, refit=False).fit(*diabetes).cv_results_) == [4]
    two = {"cv": 2, "refit": False, "n_jobs": 2}
    assert same(lambda: GridSearchCV(pipe, grid, **two).fit(*diabetes).cv_results_) == [4]


def test_the_number_of_jobs_told_depends_on_who_asks(noting, diabetes, regressor):
    with population():
        foreign = noting().fit(*diabetes).jobs_
        deep = noting(regressor()).fit(*diabetes).jobs_
        nobody = joblib.effective_n_jobs(None), *Parallel()(delayed(joblib.effective_n_jobs)() for _ in "a")
    assert (foreign, *nobody) == (1, 1, joblib.cpu_count())
    assert deep > 100


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_foreign_errors_are_raised_and_the_context_goes_on(diabetes, n_jobs):
    def fails(i):
        if i == 2:
            raise OSError("disk")
        return i

    with population():
        with pytest.raises(OSError, match="disk"):
            Parallel(n_jobs=n_jobs)(delayed(fails)(i) for i in range(5))
        assert Parallel(n_jobs=n_jobs)(delayed(fails)(i) for i in range(2)) == [0, 1]


def test_more_foreign_tasks_than_are_kept_under_way_come_through(monkeypatch):
    monkeypatch.setattr("deepstat.model_selection.backend.WORKERS", 4)
    with population():
        assert Parallel(n_jobs=2, prefer="threads")(delayed(abs)(-i) for i in range(50)) == list(range(50))
        assert list(Parallel(return_as="generator")(delayed(abs)(-i) for i in range(50))) == list(range(50))


def test_no_jobs_are_rejected_as_ever():
    with population(), pytest.raises(ValueError, match="n_jobs == 0"):
        Parallel(n_jobs=0)(delayed(abs)(i) for i in range(2))


def test_several_processes_share_a_population_with_the_same_scores(diabetes, regressor, tmp_path):
    def on_epoch(member, entry):
        (tmp_path / str(os.getpid())).touch()

    alone = cross_val_score(regressor(), *diabetes, cv=4)
    scores = ours(regressor(on_epoch=on_epoch), *diabetes, cv=4, n_jobs=2)["test_score"]
    np.testing.assert_allclose(scores, alone, rtol=1e-8)
    assert {path.name for path in tmp_path.iterdir()} - {str(os.getpid())}
    assert not (tmp_path / str(os.getpid())).exists()


def test_the_configuration_around_the_context_splits_populations(diabetes, regressor, tmp_path):
    def on_epoch(member, entry):
        (tmp_path / f"{member} {os.getpid()}").touch()

    with joblib.parallel_config(n_jobs=2), population() as together:
        cross_val_score(regressor(on_epoch=on_epoch), *diabetes, cv=4)
    assert [each.n_fits for each in together.rounds] == [4]
    found = [path.name.split() for path in tmp_path.iterdir()]
    assert {member for member, _ in found} == {"0"}
    assert str(os.getpid()) not in {pid for _, pid in found}
