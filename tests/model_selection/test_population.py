import os
import signal
import threading
import time
import warnings

import joblib
import numpy as np
import pytest
import sklearn
from joblib import Parallel, delayed
from sklearn.base import BaseEstimator, RegressorMixin, clone
from sklearn.model_selection import GridSearchCV, KFold, cross_val_score, cross_validate, learning_curve
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import deepstat.model_selection.trainer as trainer_module
from deepstat import DeepRegressor, population


@pytest.fixture
def diabetes(tables):
    return tables["diabetes"]


@pytest.fixture
def trained(monkeypatch):
    """Return the plans of each round."""
    rounds = []
    real = trainer_module.train_chunks
    monkeypatch.setattr(
        trainer_module, "train_chunks", lambda plans, **k: rounds.append(plans) or real(plans, **k)
    )
    return rounds


# -- one population ---


def test_a_context_inside_another_is_the_same_population(regressor, diabetes):
    with population() as outer:
        with population(patience=1.0) as inner:
            cross_val_score(regressor(), *diabetes, cv=2)
        cross_val_score(regressor(), *diabetes, cv=3)
    assert inner is outer
    assert [each.n_fits for each in outer.rounds] == [2, 3]


def test_a_context_entered_inside_a_task_is_the_same_population(regressor, diabetes):
    class Inside(RegressorMixin, BaseEstimator):
        def __init__(self, estimator):
            self.estimator = estimator

        def fit(self, X, y):
            with population():
                self.score_ = cross_val_score(self.estimator, X, y, cv=2)
            return self

        def predict(self, X):
            return np.full(len(X), self.score_.mean())

    with population() as together:
        cross_val_score(Inside(regressor()), *diabetes, cv=3)
    assert [each.n_fits for each in together.rounds] == [6]


def test_each_thread_has_its_own_population(regressor, diabetes):
    found = {}

    def use(name):
        with population() as together:
            cross_val_score(regressor(), *diabetes, cv=3)
        found[name] = [each.n_fits for each in together.rounds]

    threads = [threading.Thread(target=use, args=(name,)) for name in "ab"]
    with population() as mine:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert found == {"a": [3], "b": [3]}
    assert mine.rounds == []


def test_outside_the_context_nothing_is_left(regressor, diabetes):
    before = joblib.parallel.get_active_backend()
    with population() as together:
        pass
    after = joblib.parallel.get_active_backend()
    assert (type(after[0]), after[1]) == (type(before[0]), before[1])
    cross_val_score(regressor(), *diabetes, cv=2)
    assert together.rounds == []


def test_a_fit_outside_any_call_trains_at_once(regressor, diabetes):
    with population() as together:
        regressor().fit(*diabetes)
    assert together.rounds == []


@pytest.mark.parametrize("name", ["memory", "patience"])
def test_a_bound_that_is_not_positive_is_rejected(name):
    with pytest.raises(ValueError, match=f"{name} must be positive, got 0"), population(**{name: 0}):
        pass


def test_a_parallel_object_can_be_used_again(regressor, diabetes):
    X, y = diabetes
    fit = delayed(regressor().fit)
    with population() as together, Parallel(n_jobs=2) as parallel:
        for n in (2, 3):
            assert len(parallel(fit(X, y) for _ in range(n))) == n
    assert [each.n_fits for each in together.rounds] == [2, 3]


def test_a_batch_of_tasks_trains_in_one_round_too(regressor, diabetes):
    with population() as together:
        found = Parallel(n_jobs=2, batch_size=3)(
            delayed(cross_val_score)(regressor(), *diabetes, cv=2) for _ in range(6)
        )
    assert np.shape(found) == (6, 2)
    assert [each.n_fits for each in together.rounds] == [12]


def test_many_more_tasks_than_threads_come_through(monkeypatch, regressor, diabetes):
    monkeypatch.setattr("deepstat.model_selection.backend.WORKERS", 4)
    with population() as together:
        cross_val_score(regressor(max_epochs=1), *diabetes, cv=KFold(20))
    assert [each.n_fits for each in together.rounds] == [8, 8, 4]


# -- surroundings ---


def test_tasks_of_plain_joblib_see_the_configuration_of_scikit_learn(regressor):
    def asks(_):
        return sklearn.get_config()["assume_finite"]

    with population(), sklearn.config_context(assume_finite=True):
        assert Parallel()(delayed(asks)(regressor()) for _ in range(2)) == [True, True]


def test_warning_filters_are_those_of_before(regressor, diabetes):
    before = list(warnings.filters)
    with population():
        cross_val_score(regressor(), *diabetes, cv=3)
    assert list(warnings.filters) == before


def test_a_callback_hears_of_its_own_members(regressor, diabetes):
    heard = []
    deep = regressor(n_members=2, on_epoch=lambda member, entry: heard.append(member))
    with population() as together:
        cross_val_score(deep, *diabetes, cv=3)
    assert [(each.n_fits, each.n_members) for each in together.rounds] == [(3, 6)]
    assert set(heard) == {0, 1}


def test_a_timeout_is_told_to_be_without_effect(regressor, diabetes):
    with population(), pytest.warns(UserWarning, match="timeout=60 is not used"):
        Parallel(n_jobs=2, timeout=60)(delayed(regressor().fit)(*diabetes) for _ in range(2))


def test_a_generator_left_early_ends_its_tasks(regressor, diabetes):
    with population() as together:
        fits = Parallel(n_jobs=2, return_as="generator")(
            delayed(cross_val_score)(regressor(), *diabetes, cv=n) for n in (2, 3)
        )
        assert len(next(fits)) == 2
        with pytest.warns(UserWarning, match="results|executed|cancelled"):
            fits.close()
        assert len(cross_val_score(regressor(), *diabetes, cv=2)) == 2
    assert [each.n_fits for each in together.rounds] == [5, 2]


# -- time ---


def test_fit_times_are_shares_of_the_joint_training(regressor, diabetes):
    start = time.perf_counter()
    with population() as together:
        scores = cross_validate(regressor(max_epochs=20), *diabetes, cv=5)
    wall = time.perf_counter() - start
    training = together.rounds[0].seconds
    assert training <= scores["fit_time"].sum() <= wall
    assert scores["fit_time"].min() >= training / 10


def test_fit_times_of_nested_fits_count_the_inner_ones(regressor, diabetes):
    search = GridSearchCV(regressor(), {"l2": [0.0, 0.1]}, cv=2)
    start = time.perf_counter()
    with population() as together:
        scores = cross_validate(search, *diabetes, cv=3)
    wall = time.perf_counter() - start
    assert len(together.rounds) == 2
    assert sum(each.seconds for each in together.rounds) <= scores["fit_time"].sum() <= wall


def test_more_rows_take_a_larger_share(regressor, diabetes):
    with population():
        times = learning_curve(
            regressor(max_epochs=30), *diabetes, cv=3, train_sizes=[0.2, 1.0], return_times=True
        )
    fit_times = times[3]
    assert fit_times[1].sum() > fit_times[0].sum()


# -- progress ---


def test_one_bar_shows_all_fits_and_silences_theirs(regressor, diabetes, capsys):
    with population(verbose=1):
        GridSearchCV(regressor(verbose=1), {"l2": [0.0, 0.1]}, cv=2).fit(*diabetes)
    out = capsys.readouterr().out
    assert "4 fits" in out
    assert "100%" in out


def test_without_verbose_nothing_is_printed(regressor, diabetes, capsys):
    with population():
        cross_val_score(regressor(), *diabetes, cv=2)
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "")


def test_scikit_learn_prints_what_it_prints(regressor, diabetes, capsys):
    def lines():
        GridSearchCV(regressor(), {"l2": [0.0, 0.1]}, cv=2, verbose=2).fit(*diabetes)
        return [line.partition("total time")[0].rstrip(". ") for line in capsys.readouterr().out.splitlines()]

    alone = lines()
    with population():
        together = lines()
    assert together == alone
    assert sum(line.startswith("[CV] END") for line in alone) == 4


# -- errors ---


def fails(member, entry):
    raise OSError("the disk is full")


@pytest.mark.filterwarnings(
    "ignore::sklearn.exceptions.FitFailedWarning", "ignore:One or more of the test scores"
)
def test_an_error_in_training_goes_to_its_own_fit(same, regressor, diabetes):
    search = GridSearchCV(regressor(), {"on_epoch": [None, fails], "l2": [0.0, 0.1]}, cv=2, refit=False)
    same(lambda: clone(search).fit(*diabetes).cv_results_)


@pytest.mark.parametrize("bad", [{"learning_rate": -1.0}, {"on_epoch": fails}])
def test_raised_errors_are_those_of_scikit_learn(regressor, diabetes, bad):
    def error():
        with pytest.raises((ValueError, OSError)) as raised:
            cross_val_score(regressor(**bad), *diabetes, cv=3, error_score="raise")
        return raised.type, str(raised.value)

    alone = error()
    with population():
        assert error() == alone
        assert len(cross_val_score(regressor(), *diabetes, cv=3)) == 3


def by_signal():
    signal.raise_signal(signal.SIGINT)


def by_another_process():
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(5)


def by_hand():
    raise KeyboardInterrupt


@pytest.mark.parametrize("interrupt", [by_hand, by_signal, by_another_process])
def test_an_interrupt_leaves_no_thread_and_no_half_fit(regressor, diabetes, interrupt):
    calls = []

    def on_epoch(member, entry):
        calls.append(entry["epoch"])
        if len(calls) == 4:
            interrupt()

    before = threading.active_count()
    search = GridSearchCV(regressor(on_epoch=on_epoch), {"l2": [0.0, 0.1]}, cv=2)
    with population() as together:
        with pytest.raises(KeyboardInterrupt):
            cross_val_score(search, *diabetes, cv=2)
        assert threading.active_count() == before
        assert together.rounds == []
        assert not hasattr(search, "best_score_")
        assert len(cross_val_score(search, *diabetes, cv=2)) == 2
    assert [each.n_fits for each in together.rounds] == [8, 2]


def test_an_interrupt_while_a_task_prepares_ends_all(regressor, diabetes):
    class Slow(StandardScaler):
        def fit(self, X, y=None):
            signal.raise_signal(signal.SIGINT)  # arrives in the main thread, which waits for this task
            return super().fit(X, y)

    before = threading.active_count()
    with population(), pytest.raises(KeyboardInterrupt):
        cross_val_score(make_pipeline(Slow(), regressor()), *diabetes, cv=3)
    assert threading.active_count() == before


def test_fits_that_wait_for_each_other_come_through_with_a_warning(regressor, diabetes):
    meet = threading.Barrier(3, timeout=30)

    class Meets(StandardScaler):
        def fit(self, X, y=None):
            meet.wait()
            return super().fit(X, y)

        def __deepcopy__(self, memo):
            return self

    with population(patience=0.1), pytest.warns(RuntimeWarning, match="kept the others waiting") as caught:
        scores = cross_val_score(make_pipeline(Meets(), regressor()), *diabetes, cv=3)
    assert np.isfinite(scores).all()
    assert len(caught) == 1


def test_tasks_compute_on_one_thread_each_and_the_number_of_threads_comes_back(monkeypatch):
    import torch

    before = torch.get_num_threads()
    seen = []

    class Noting(DeepRegressor):
        def fit(self, X, y):
            seen.append(torch.get_num_threads())
            return super().fit(X, y)

    torch.set_num_threads(2)
    try:
        with population():
            cross_val_score(Noting(max_epochs=1, random_state=0), np.eye(30), np.arange(30.0), cv=3)
            assert torch.get_num_threads() == 2
        assert seen == [1, 1, 1]
        found = []
        thread = threading.Thread(target=lambda: found.append(torch.get_num_threads()))
        thread.start()
        thread.join()
        assert found == [2]
    finally:
        torch.set_num_threads(before)
