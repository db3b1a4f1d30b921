from dataclasses import replace

import numpy as np
import pytest
import torch
from plans import distance, plan, table

from deepstat.optimizers.sgd import sgd
from deepstat.training.layout import Layout
from deepstat.training.loop import train
from deepstat.training.population import bind


def test_early_stopping_is_decided_for_each_member_and_keeps_its_best_weights():
    own = table(n=300)
    settings = {"rows": np.arange(240), "validation_rows": np.arange(240, 300), "max_epochs": 80}
    plans = [
        plan(own, seed=k, patience=patience, learning_rate=0.02, **settings)
        for k, patience in enumerate([3, 3, 1000])
    ]
    results = train(plans)
    assert [r.stopped for r in results] == ["early_stopping", "early_stopping", "max_epochs"]
    for result, own_plan in zip(results, plans, strict=True):
        scores = [entry["validation_loss"] for entry in result.history]
        assert result.best_epoch == 1 + int(np.argmin(scores))
        assert distance(result, train([own_plan])[0]) < 1e-9
        net = bind(own_plan.network, Layout.of(own_plan.network), result.state.flat, {})
        with torch.no_grad():
            loss = (net.eval()(own.x[240:]) - own.y[240:]).square().mean() / 2
        assert float(loss) == pytest.approx(min(scores), rel=1e-9)


def test_tol_is_the_relative_fall_that_counts_as_progress():
    own = table(n=300)
    common = {"rows": np.arange(240), "validation_rows": np.arange(240, 300), "patience": 3, "max_epochs": 40}
    strict, loose = train([plan(own, tol=0.5, **common), plan(own, tol=0.0, **common)])
    assert len(strict.history) < len(loose.history)


@pytest.mark.parametrize("n_members", [1, 2])
def test_residual_scales_follow_the_validation_residuals_of_each_member(n_members):
    from statsmodels.robust.scale import mad

    from deepstat.losses.huber import huber

    own = table(n=300)
    settings = {"rows": np.arange(200), "validation_rows": np.arange(200, 300), "patience": 99}
    plans = [
        plan(own, seed=k, loss=huber, residual_scale="mad", learning_rate=1e-2, **settings)
        for k in range(n_members)
    ]
    last = train([replace(p, validation_rows=np.arange(200, 300), patience=None) for p in plans])
    for own_plan, result in zip(plans, last, strict=True):
        best = [entry["validation_loss"] for entry in result.history]
        if result.best_epoch != len(best):
            continue  # the weights kept are older than the scale
        net = bind(own_plan.network, Layout.of(own_plan.network), result.state.flat, {})
        with torch.no_grad():
            residual = (own.y - net(own.x))[200:, 0].numpy()
        assert float(result.state.scale[0]) == pytest.approx(mad(residual, center=0), rel=1e-9)


@pytest.mark.parametrize("n_members", [1, 2])
def test_a_diverging_fit_falls_back_on_the_last_epoch_better_than_a_constant(n_members):
    own = table()

    def burst(progress):
        return torch.where(progress < 0.5, 1.0, 1e4)

    plans = [
        plan(own, rule=sgd, learning_rate=0.05, max_epochs=60, schedule=burst, seed=k)
        for k in range(n_members)
    ]
    calm = [replace(p, schedule=None, max_epochs=30) for p in plans]
    for result, good in zip(train(plans), train(calm), strict=True):
        assert result.stopped == "nan"
        assert result.best_epoch == 30
        assert distance(result, good) < 1e-9
