"""Members of an ensemble are the fits that they would be alone, on the rows, weights and batches asked for."""

import itertools

import numpy as np
import pandas as pd
import pytest
import torch
from scipy.stats import binom, kstest, loguniform
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer
from sklearn.utils import check_random_state
from small_ensembles import LABELS, NOISY, SMALL, WINE, X, Y, plans_of, regressor

from deepstat import DeepClassifier, DeepRegressor, EnsembleClassifier
from deepstat.ensembles.draws import member_draws
from deepstat.estimators.draw import Draw
from deepstat.estimators.refit import refit
from deepstat.training.batches import Rows
from deepstat.training.gradients import Batched
from deepstat.training.loop import train
from deepstat.training.population import Population

# -- members ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stopping", [True, False])
def test_members_on_all_rows_equal_fits_alone(stopping):
    model = regressor(stopping, params=NOISY).fit(X, Y)
    for member in model.estimators_:
        alone = clone(member).fit(X, Y)
        np.testing.assert_allclose(member.predict(X), alone.predict(X), rtol=1e-9)
    assert len({member.random_state for member in model.estimators_}) == 4


def test_bagged_members_equal_fits_on_the_rows_drawn():
    calls, model = plans_of(regressor(False, rows="bootstrap"))
    for plan, member in zip(calls[0], model.estimators_, strict=True):
        alone = clone(member).fit(X[plan.rows], Y[plan.rows])
        np.testing.assert_allclose(member.predict(X), alone.predict(X), rtol=1e-9)


def test_bayesian_members_equal_weighted_fits():
    calls, model = plans_of(regressor(False, rows="bayesian"))
    for plan, member in zip(calls[0], model.estimators_, strict=True):
        alone = clone(member).fit(X, Y, sample_weight=plan.table.weight.numpy())
        np.testing.assert_allclose(member.predict(X), alone.predict(X), rtol=1e-9)


def test_members_with_drawn_parameters_equal_fits_with_these():
    drawn = {
        "learning_rate": loguniform(1e-4, 1e-1),
        "l2": [0.0, 1e-3, 1e-1],
        "loss": ["squared", "huber", "poisson"],
        "architecture_params__dropout": [0.0, 0.4],
    }
    model = regressor(n_members=6, params=NOISY, random_params=drawn).fit(X, Y)
    for params, member in zip(model.params_, model.estimators_, strict=True):
        assert {name: member.get_params()[name] for name in drawn} == params
        alone = clone(member).fit(X, Y)
        np.testing.assert_allclose(member.predict(X), alone.predict(X), rtol=1e-9)
    assert len({params["learning_rate"] for params in model.params_}) == 6
    assert all(type(params["learning_rate"]) is float for params in model.params_)


def test_targets_outside_the_domain_of_a_drawn_loss_are_refused():
    for losses in (["poisson"], ["squared", "poisson"]):
        with pytest.raises(ValueError, match="lie outside what this model allows"):
            regressor(random_params={"loss": losses}).fit(X, Y - 200.0)


def test_all_members_train_in_one_population():
    varied = {"learning_rate": [1e-3, 1e-2], "l1": [0.0, 0.1], "architecture_params__dropout": [0.1, 0.3]}
    for settings in ({}, {"rows": "bootstrap"}, {"random_params": varied}, {"snapshots": 3}):
        calls, _ = plans_of(regressor(params=NOISY, **settings))
        assert [len(plans) for plans in calls] == [4]
        assert len({plan.key for plan in calls[0]}) == 1
    other = {"architecture_params__hidden_layer_sizes": [(8,), (4,)]}
    calls, _ = plans_of(regressor(n_members=8, random_params=other))
    assert len(calls) == 1
    assert len({plan.key for plan in calls[0]}) == 2


def test_every_option_changes_the_predictions():
    base = {"rows": "bootstrap", "selection": "greedy", "snapshots": None}
    variants = [
        {},
        {"n_members": 12},
        {"rows": "all"},
        {"rows": "all", "batches": "shared"},
        {"rows": "bayesian"},
        {"rows": "subsample"},
        {"row_fraction": 0.5},
        {"random_params": {"learning_rate": [1e-3, 3e-2]}},
        {"snapshots": 2},
        {"selection": None},
        {"selection_fraction": 0.4},
        {"n_selected": 1},
        {"random_state": 1},
    ]
    found = [clone(regressor()).set_params(**{**base, **own}).fit(X, Y).predict(X) for own in variants]
    for (i, a), (j, b) in itertools.combinations(enumerate(found), 2):
        assert not np.allclose(a, b), (variants[i], variants[j])


def test_a_seeded_fit_repeats_and_leaves_the_global_generators():
    before, torchs = np.random.mtrand._rand.get_state()[1].copy(), torch.get_rng_state()
    settings = {"rows": "bootstrap", "random_params": {"l2": loguniform(1e-6, 1.0)}}
    a, b = (regressor(**settings).fit(X, Y).predict(X) for _ in range(2))
    np.testing.assert_array_equal(a, b)
    c = regressor(**settings).set_params(random_state=check_random_state(3)).fit(X, Y).predict(X)
    assert not np.allclose(a, c)
    assert (np.random.mtrand._rand.get_state()[1] == before).all()
    assert torch.equal(torch.get_rng_state(), torchs)


def test_processes_change_nothing():
    model = regressor(rows="bootstrap")
    np.testing.assert_allclose(
        clone(model).set_params(n_jobs=2).fit(X, Y).predict(X), model.fit(X, Y).predict(X), rtol=1e-9
    )


def test_checkpoints_work_inside_an_ensemble(tmp_path):
    model = regressor(n_members=2)
    plain = clone(model).fit(X, Y).predict(X)
    model.set_params(estimator__checkpoint=str(tmp_path))
    np.testing.assert_array_equal(model.fit(X, Y).predict(X), plain)
    with pytest.raises(ValueError, match="needs random_state to be an integer"):
        model.set_params(random_state=None).fit(X, Y)


# -- rows and batches -------------------------------------------------------------------------------------------------


def test_rows_are_drawn_with_the_frequencies_of_each_scheme():
    n, k = 50, 2_000
    draws = member_draws(k, "bootstrap", seed=0, learning=None, n_rows=n)
    counts = np.stack([np.bincount(draw.rows, minlength=n) for draw in draws])
    assert (counts.sum(axis=1) == n).all()
    for value in range(4):  # of a row's copies, binomial with n draws at 1/n
        expected = binom.pmf(value, n, 1 / n)
        assert abs((counts == value).mean() - expected) < 4 * np.sqrt(expected / (k * n))
    draws = member_draws(k, "subsample", seed=0, learning=None, n_rows=n, row_fraction=0.3)
    counts = np.stack([np.bincount(draw.rows, minlength=n) for draw in draws])
    assert (counts.sum(axis=1) == 15).all()
    assert counts.max() == 1
    assert np.abs(counts.mean(axis=0) - 0.3).max() < 5 * np.sqrt(0.21 / k)
    weights = np.stack([d.weight for d in member_draws(k, "bayesian", seed=0, learning=None, n_rows=n)])
    np.testing.assert_allclose(weights.sum(axis=1), n)
    shares = weights[:, 0] / n  # one coordinate of a flat Dirichlet: Beta(1, n - 1)
    assert kstest(shares, "beta", args=(1, n - 1)).pvalue > 0.01
    assert [draw.seed for draw in draws] == [
        draw.seed for draw in member_draws(k, "all", seed=0, learning=None, n_rows=n)
    ]
    assert len({draw.seed for draw in draws}) == k


def test_only_rows_of_positive_weight_that_may_be_learned_from_are_drawn():
    learning = np.array([1, 3, 4], dtype=np.int32)
    for rows in ("bootstrap", "subsample"):
        for draw in member_draws(20, rows, seed=0, learning=learning, n_rows=6):
            assert set(draw.rows) <= set(learning)
    for draw in member_draws(20, "bayesian", seed=0, learning=learning, n_rows=6):
        assert (np.flatnonzero(draw.weight) == learning).all()
    weight = (np.arange(len(X)) % 2).astype(float)
    a = regressor(rows="bootstrap").fit(X, Y, sample_weight=weight).predict(X)
    changed = np.where(weight > 0, Y, 1e6)
    np.testing.assert_array_equal(
        regressor(rows="bootstrap").fit(X, changed, sample_weight=weight).predict(X), a
    )


@pytest.mark.parametrize("stopping", [True, False])
def test_shared_batches_are_the_same_rows_gathered_once(stopping, monkeypatch):
    calls, model = plans_of(regressor(stopping, batches="shared"))
    rows = Rows(calls[0], calls[0][0].batch_size)
    for epoch in range(3):
        assert len({id(order) for order in rows.orders(epoch)}) == 1
    if stopping:
        assert len({tuple(plan.validation_rows) for plan in calls[0]}) == 1
    assert len({id(member.schema_) for member in model.estimators_}) == 1
    asked = []
    honest = Rows.gather
    monkeypatch.setattr(
        Rows,
        "gather",
        lambda self, index, members: (asked.append(index.shape), honest(self, index, members))[1],
    )
    train(calls[0])
    training = [shape for shape in asked if len(shape) == 3]
    assert training
    assert {shape[1] for shape in training} == {1}
    separate, _ = plans_of(regressor(stopping))
    rows = Rows(separate[0], separate[0][0].batch_size)
    assert len({tuple(order.tolist()) for order in rows.orders(0)}) == 4
    assert len({member.random_state for member in model.estimators_}) == 4
    assert (model.predict_spread(X) > 0).all()


def test_members_of_shared_batches_equal_their_refits_alone():
    model = regressor(batches="shared", params=NOISY).fit(X, Y)
    (draw, *_) = draws = member_draws(
        4,
        "all",
        seed=int(check_random_state(0).randint(2**31 - 1)),
        learning=None,
        n_rows=len(X),
        shared=True,
    )
    assert draw.order_seed == draws[3].order_seed
    for own, member in zip(draws, model.estimators_, strict=True):
        (alone,) = refit(DeepRegressor(**NOISY), X, Y, [own])
        np.testing.assert_allclose(member.predict(X), alone.predict(X), rtol=1e-9)


def test_shared_batches_with_drawn_parameters_share_only_what_is_the_same():
    drawn = {"learning_rate": [1e-3, 1e-2], "validation_fraction": [0.1, 0.3]}
    calls, model = plans_of(regressor(True, n_members=8, batches="shared", random_params=drawn))
    held = {len(plan.validation_rows) for plan in calls[0]}
    assert held == {44, 133}
    for plan, params in zip(calls[0], model.params_, strict=True):
        assert plan.hyper["learning_rate"] == params["learning_rate"]
        assert len(plan.validation_rows) == (44 if params["validation_fraction"] == 0.1 else 133)
    X2, y2 = load_breast_cancer(return_X_y=True)
    weights = {"class_weight": ["balanced", None]}
    own = EnsembleClassifier(
        DeepClassifier(**SMALL), n_members=6, batches="shared", random_params=weights, random_state=0
    ).fit(X2, y2)
    for params, member in zip(own.params_, own.estimators_, strict=True):
        assert (member.class_weight_ is None) == (params["class_weight"] is None)
    assert len({params["class_weight"] for params in own.params_}) == 2


def test_a_draw_alone_keeps_its_own_rows_whatever_order_it_shares():
    draws = [Draw(rows=np.arange(300), order_seed=5), Draw(rows=np.arange(100, 442), order_seed=5)]
    model = DeepRegressor(early_stopping=True, random_state=0, **SMALL)
    together = [fitted.predict(X) for fitted in refit(model, X, Y, draws)]
    alone = [next(refit(model, X, Y, [draw])).predict(X) for draw in draws]
    np.testing.assert_allclose(together, alone, rtol=1e-9)


# -- predictions ------------------------------------------------------------------------------------------------------


def test_predictions_and_spread_are_mean_and_deviation_of_the_members():
    model = regressor().fit(X, Y)
    members = np.stack([member.predict(X) for member in model.estimators_])
    np.testing.assert_array_equal(model.predict_members(X), members)
    np.testing.assert_allclose(model.predict(X), members.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(model.predict_spread(X), members.std(axis=0, ddof=1), rtol=1e-10)
    model = EnsembleClassifier(DeepClassifier(**SMALL), n_members=3, random_state=0).fit(WINE, LABELS)
    members = np.stack([member.predict_proba(WINE) for member in model.estimators_])
    np.testing.assert_allclose(model.predict_proba(WINE), members.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(model.predict_spread(WINE), members.std(axis=0, ddof=1), rtol=1e-8)
    np.testing.assert_array_equal(model.predict(WINE), model.classes_[members.mean(axis=0).argmax(axis=1)])
    np.testing.assert_allclose(model.predict_log_proba(WINE), np.log(members.mean(axis=0)), rtol=1e-10)


def test_weights_count_members_of_the_spread_as_pandas_does_for_frequencies_of_equal_size():
    model = regressor().fit(X, Y)
    model.weights_ = np.array([0.5, 0.5, 0.0, 0.0])
    members = model.predict_members(X)[:2]
    np.testing.assert_allclose(model.predict_spread(X), pd.DataFrame(members).std().to_numpy(), rtol=1e-10)
    np.testing.assert_allclose(model.predict(X), members.mean(axis=0), rtol=1e-12)
    model.weights_ = np.array([1.0, 0.0, 0.0, 0.0])
    with pytest.raises(ValueError, match="One member alone has no spread"):
        model.predict_spread(X)


def test_class_weights_act_as_costs_in_predict_and_leave_probabilities_honest():
    X, y = load_breast_cancer(return_X_y=True)
    own = DeepClassifier(class_weight={0: 50.0, 1: 1.0}, **SMALL)
    model = EnsembleClassifier(own, n_members=3, random_state=0).fit(X, y)
    shaped = np.mean([member.predict_raw_proba(X) for member in model.estimators_], axis=0)
    np.testing.assert_array_equal(model.predict(X), shaped.argmax(axis=1))
    np.testing.assert_allclose(model.decision_function(X), np.log(shaped[:, 1] / shaped[:, 0]), rtol=1e-7)
    assert (model.predict(X) == 0).sum() > (model.predict_proba(X)[:, 0] > 0.5).sum()


def test_a_planted_leak_between_members_is_caught(monkeypatch):
    """The comparisons with fits alone can fail: let a member's network see its neighbour's weights."""
    honest = Batched.stepper

    def leaking(self, population: Population, *args):
        population.flat[0] += 1e-6 * population.flat[1]
        return honest(self, population, *args)

    monkeypatch.setattr(Batched, "stepper", leaking)
    with pytest.raises(AssertionError, match="Not equal to tolerance"):
        test_members_on_all_rows_equal_fits_alone(False)
