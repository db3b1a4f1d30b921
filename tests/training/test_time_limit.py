"""Where training ends under a time limit, and what it returns, by a clock that ticks once a step."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from plans import distance, plan, table

from deepstat.optimizers.rule import UpdateRule
from deepstat.optimizers.sgd import sgd
from deepstat.schedules.cosine import cosine
from deepstat.schedules.linear import linear
from deepstat.training import checkpoint, clock, compiling, validate
from deepstat.training.budget import Budget
from deepstat.training.chunks import train_chunks
from deepstat.training.compiling import decide
from deepstat.training.loop import train
from deepstat.training.time_limit import TimeLimit

SETTINGS = {"batch_size": 20, "max_epochs": 10, "learning_rate": 0.01}  # ten steps an epoch of 200 rows


@pytest.fixture
def ticking(monkeypatch):
    """A rule whose steps take a second each; its `rates` are the learning rates that it was given."""
    time = [0.0]
    monkeypatch.setattr(clock, "now", lambda: time[0])

    def update(flat, gradient, state, step, hyper):
        time[0] += 1.0
        rates.append(hyper["learning_rate"][:, 0].tolist())
        sgd.update(flat, gradient, state, step, hyper)

    rates = []
    rule = UpdateRule(sgd.init, update, sgd.defaults)
    return rule, time, rates


def limited(plans, seconds, spent=0.0):
    return TimeLimit(seconds, spent).on(plans)


def fit(rule, seconds, own=None, n=1, **settings):
    plans = [plan(own, seed=k, rule=rule, **{**SETTINGS, **settings}) for k in range(n)]
    return train(plans if seconds is None else limited(plans, seconds))


@pytest.mark.parametrize("n", [1, 3])
@pytest.mark.parametrize("seconds", [4, 10, 25, 99])
def test_training_ends_with_the_step_that_ends_the_time_and_returns_the_state_after_it(ticking, n, seconds):
    rule, _, rates = ticking
    own = table()
    results = fit(rule, seconds, own, n)
    assert len(rates) == seconds
    for k, result in enumerate(results):
        assert result.stopped == "time_limit"
        assert result.state.n_steps == seconds
        assert len(result.history) == -(-seconds // 10)
        whole = fit(rule, None, own, n, max_epochs=-(-seconds // 10))[k]
        assert (distance(result, whole) == 0.0) == (seconds % 10 == 0)


def test_a_limit_that_is_not_reached_changes_nothing(ticking):
    rule, _, _ = ticking
    settings = {"schedule": cosine, "average_from": 0.5, "dropout": 0.2}
    (free,), (within,) = (fit(rule, seconds, **settings) for seconds in (None, 100.0))
    assert distance(free, within) == 0.0
    assert free.history == within.history
    assert within.stopped == "max_epochs"


def test_the_loss_of_an_epoch_cut_short_is_the_mean_over_the_rows_seen(ticking):
    rule, _, _ = ticking
    own = table()
    (cut,) = fit(rule, 3.0, own, learning_rate=1e-12)
    net = plan(own).network
    order = torch.from_numpy(np.arange(200))
    from deepstat.training.seed import permutation

    seen = order[permutation(200, 0, 0)][:60]
    with torch.no_grad():
        loss = (net(own.x[seen]) - own.y[seen]).square().mean() / 2
    assert cut.history[0]["loss"] == pytest.approx(float(loss), rel=1e-6)


def test_every_member_does_a_step_even_after_the_time(ticking):
    rule, _, _ = ticking
    own = table()
    net = {"batch_norm": True, **SETTINGS}  # rests are not padded: members step in turn
    plans = [plan(own, seed=k, rule=rule, rows=np.arange(n), **net) for k, n in enumerate([13, 15, 17])]
    results = train(limited(plans, 1.0, spent=5.0))
    assert [result.state.n_steps for result in results] == [1, 1, 1]
    assert all(np.isfinite(result.history[0]["loss"]) for result in results)


@pytest.mark.parametrize("n", [1, 2])
def test_schedules_follow_the_time_where_it_is_the_scarcer(ticking, n):
    rule, _, rates = ticking
    fit(rule, 64.0, n=n, schedule=linear, learning_rate=1.0, max_epochs=100, rows=np.arange(200))
    expected = 1.0 - np.arange(64) / 64  # 1/64 is a multiple of 1/256
    np.testing.assert_allclose([own[0] for own in rates], expected, atol=1e-9)
    assert all(own == [own[0]] * n for own in rates)


def test_schedules_follow_the_epochs_until_the_time_overtakes_them(ticking):
    rule, time, rates = ticking

    def slow(member, entry):
        if entry["epoch"] == 4:
            time[0] += 60.0

    fit(rule, 128.0, schedule=linear, learning_rate=1.0, on_epoch=slow)
    shares = 1.0 - np.array([own[0] for own in rates])
    epochs, gone = np.arange(68) / 100, (np.arange(68) + 60.0 * (np.arange(68) >= 40)) / 128
    np.testing.assert_allclose(shares, np.maximum(epochs, np.floor(gone * 256) / 256), atol=1e-9)
    assert (np.diff(shares) >= 0).all()


def test_each_member_has_its_own_share_of_epochs(ticking):
    rule, _, rates = ticking
    own = table()
    settings = {**SETTINGS, "schedule": linear, "learning_rate": 1.0, "rule": rule}
    plans = [plan(own, seed=k, **{**settings, "max_epochs": n}) for k, n in enumerate([10, 1000])]
    train(limited(plans, 128.0))
    step = np.arange(100)
    by_time = np.floor(step / 128 * 256) / 256
    found = 1.0 - np.array(rates[:100])
    np.testing.assert_allclose(found[:, 0], np.maximum(step / 100, by_time), atol=1e-9)
    np.testing.assert_allclose(found[:, 1], by_time, atol=1e-9)


def held_out(monkeypatch, time, seconds, losses):
    """Let validating take so long and find these losses."""
    left = iter(losses)

    def found(plan, population, backend, rows, which):
        time[0] += seconds
        own = torch.full((len(population),), next(left), dtype=population.flat.dtype)
        return own, own

    monkeypatch.setattr(validate, "judged_losses", found)


VALIDATED = {"rows": np.arange(200), "validation_rows": np.arange(200, 220), "patience": 99}


def test_the_best_validated_state_is_returned_and_the_time_to_validate_is_kept_free(ticking, monkeypatch):
    rule, time, _ = ticking
    own = table(n=220)
    held_out(monkeypatch, time, 2.0, [3.0, 1.0, 2.0])
    (result,) = fit(rule, 30.0, own, **VALIDATED)
    assert time[0] == 30.0  # twelve seconds an epoch; the third has four for steps and two to validate
    assert [entry["validation_loss"] for entry in result.history] == [3.0, 1.0, 2.0]
    assert (result.stopped, result.best_epoch, result.state.n_steps) == ("time_limit", 2, 24)
    held_out(monkeypatch, time, 0.0, [3.0, 1.0])
    assert distance(result, fit(rule, None, own, **{**VALIDATED, "max_epochs": 2})[0]) == 0.0


def test_an_epoch_cut_short_is_a_candidate_too(ticking, monkeypatch):
    rule, time, _ = ticking
    held_out(monkeypatch, time, 0.0, [3.0, 1.0])
    (result,) = fit(rule, 13.0, table(n=220), **VALIDATED)
    assert (result.best_epoch, result.state.n_steps) == (2, 13)
    assert time[0] == 13.0


@pytest.mark.parametrize(("n_held_out", "validated"), [(5, True), (100, False)])
def test_a_first_validation_that_takes_long_is_left_out_and_the_weights_are_those_trained(
    ticking, n_held_out, validated
):
    rule, _, _ = ticking
    own = table(n=300)
    settings = {"rows": np.arange(200), "validation_rows": np.arange(200, 200 + n_held_out)}
    (result,) = fit(rule, 5.0, own, **settings)
    assert ("validation_loss" in result.history[0]) == validated
    assert result.best_epoch == 1
    unvalidated = fit(rule, 5.0, own, rows=np.arange(200))[0]
    assert distance(result, unvalidated) == 0.0


def test_averages_begin_by_time_where_it_is_the_scarcer(ticking):
    rule, _, _ = ticking
    own = table()
    seen = []
    settings = {**SETTINGS, "rule": rule, "max_epochs": 1000, "snapshot_epochs": (1, 2, 3, 4)}
    (result,) = train(limited([plan(own, average_from=0.5, **settings)], 40.0))
    seen = [result.snapshots[epoch].flat for epoch in (3, 4)]
    assert float((result.state.flat - torch.stack(seen).mean(0)).abs().max()) < 1e-12


def test_plans_of_one_estimator_share_its_limit_and_those_of_several_have_the_sum(ticking):
    rule, _, _ = ticking
    own = table()
    plans = [plan(own, seed=k, rule=rule, **SETTINGS) for k in range(4)]
    assert {r.state.n_steps for r in train(limited(plans, 12.0))} == {12}
    two = [*limited(plans[:2], 12.0, spent=2.0), *limited(plans[2:], 12.0, spent=1.0)]
    assert {r.state.n_steps for r in train(two)} == {21}


def test_populations_of_one_round_share_the_time_by_their_work_and_what_is_left(ticking):
    rule, time, _ = ticking
    own = table()
    one = plan(own, rule=rule, **SETTINGS)
    alike = replace(one, recipe="another", seed=1)
    done = train(limited([one, alike], 40.0))
    assert [r.state.n_steps for r in done] == [20, 20]
    early = replace(one, on_epoch=lambda member, entry: True)
    done = train(limited([early, alike], 40.0))
    assert [r.state.n_steps for r in done] == [10, 30]
    free = replace(alike, recipe="free")  # without a limit: neither cut nor charged
    before = time[0]
    first, last = train([free, *limited([one], 40.0)])
    assert (first.state.n_steps, last.state.n_steps, time[0] - before) == (100, 40, 140.0)


def test_a_fit_and_the_one_that_it_starts_from_share_the_limit(ticking):
    rule, time, _ = ticking
    one = plan(rule=rule, **SETTINGS)
    (result,) = train(limited([replace(one, start=one)], 60.0))
    assert (result.state.n_steps, time[0]) == (30, 60.0)


def test_a_resumed_fit_has_what_the_interrupted_one_left(ticking, monkeypatch, tmp_path):
    rule, _, rates = ticking
    monkeypatch.setattr(checkpoint, "INTERVAL", 0.0)

    def killed(member, entry):
        if entry["epoch"] == 3:
            raise KeyboardInterrupt

    one = plan(rule=rule, checkpoint=str(tmp_path), **SETTINGS)
    with pytest.raises(KeyboardInterrupt):
        train(limited([replace(one, on_epoch=killed)], 50.0, spent=1.0))
    (result,) = train(limited([one], 50.0, spent=2.0))
    assert result.state.n_steps == 20 + (50 - 1 - 2 - 20)
    assert len(rates) == 30 + 27
    assert not list(tmp_path.iterdir())


def test_auto_compiles_only_where_the_limits_leave_time_for_it(monkeypatch):
    monkeypatch.setattr(compiling, "compiler", lambda: "g++")
    plans = [plan(compiled="auto", max_epochs=1000, seed=k) for k in range(100)]
    assert decide(plans)[0].compiled
    assert not decide(limited(plans, 60.0))[0].compiled
    assert decide(limited(plans, 61.0))[0].compiled
    assert decide([each for part in plans for each in limited([part], 1.0)])[
        0
    ].compiled  # folds: 100 s in all


def test_workers_have_the_limits_of_their_chunks():
    own = table()
    plans = [plan(own, seed=k, max_epochs=3) for k in range(4)]
    quick = train_chunks(limited(plans, 0.01, spent=1.0), n_jobs=2)
    assert [result.stopped for result in quick] == ["time_limit"] * 4
    assert [result.state.n_steps for result in quick] == [1] * 4
    calm = train_chunks(limited(plans, 1e6), n_jobs=2)
    assert max(map(distance, calm, train(plans))) < 1e-9


def test_a_limit_already_spent_takes_nothing_from_others(ticking):
    one = plan(rule=ticking[0], **SETTINGS)
    plans = [*limited([one], 5.0, spent=9.0), *limited([replace(one, seed=1)], 8.0)]
    with Budget(plans).deadline(plans) as deadline:
        assert deadline.seconds == 8.0
