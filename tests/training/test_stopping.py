from dataclasses import replace

import numpy as np
import pytest
import torch
from plans import distance, plan, table
from scipy.optimize import minimize_scalar
from scipy.special import logsumexp
from torch import nn

from deepstat.losses.cross_entropy import cross_entropy
from deepstat.optimizers.sgd import sgd
from deepstat.training import validate
from deepstat.training.layout import Layout
from deepstat.training.loop import train
from deepstat.training.population import bind
from deepstat.training.refined_loss import refined_loss


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


NOISY = {"rows": np.arange(100), "validation_rows": np.arange(100, 120), "max_epochs": 60, "patience": 99}
FALL = 1.0 + np.abs(np.arange(60) - 40) / 20  # the expected loss is least in epoch 41


def luck(seed=0):
    """Return a noisy validation curve with one lucky epoch early on."""
    curve = FALL + 0.05 * np.random.default_rng(seed).normal(size=60)
    curve[7] = 0.2
    return curve


def judge_by(monkeypatch, curves):
    """Let validation find these losses (epochs, members)."""
    left = iter(curves)

    def found(plan, population, backend, rows, which):
        own = torch.tensor(next(left), dtype=population.flat.dtype)
        return own, own

    monkeypatch.setattr(validate, "judged_losses", found)


@pytest.mark.parametrize("seed", range(5))
def test_one_lucky_epoch_misleads_the_loss_and_not_its_running_median(monkeypatch, seed):
    own = table(n=120)
    kept = {}
    for stop_by in ("loss", "smoothed"):
        judge_by(monkeypatch, luck(seed)[:, None])
        (kept[stop_by],) = train([plan(own, stop_by=stop_by, **NOISY)])
    assert kept["loss"].best_epoch == 8
    assert abs(kept["smoothed"].best_epoch - 43) <= 4  # the last of the best five
    assert [e["validation_loss"] for e in kept["smoothed"].history] == luck(seed).tolist()
    until = {**NOISY, "max_epochs": kept["smoothed"].best_epoch}
    assert distance(kept["smoothed"], train([plan(own, **{**until, "validation_rows": None})])[0]) == 0.0


def test_members_judged_by_the_median_equal_solo_fits(monkeypatch):
    own = table(n=120)
    curves = np.stack([luck(0), luck(1)], axis=1)
    plans = [plan(own, seed=k, stop_by="smoothed", **{**NOISY, "patience": 5}) for k in range(2)]
    judge_by(monkeypatch, curves)
    together = train(plans)
    for k, result in enumerate(together):
        judge_by(monkeypatch, curves[:, k : k + 1])
        (alone,) = train([plans[k]])
        assert distance(result, alone) < 1e-9
        assert (result.best_epoch, len(result.history)) == (alone.best_epoch, len(alone.history))


def classes(n_classes, n=160):
    draw = np.random.default_rng(3)
    own = table(n=n, p=5)
    label = (own.x[:, 0] + torch.from_numpy(draw.logistic(size=n)) > 0).long()
    y = label[:, None].double() if n_classes == 2 else nn.functional.one_hot(label + (own.x[:, 1] > 1), 3)
    return replace(own, y=y.double(), weight=torch.from_numpy(draw.uniform(0.5, 2.0, size=n)))


@pytest.mark.parametrize("n_classes", [2, 3])
def test_refinement_is_the_least_log_loss_over_temperatures(n_classes):
    own = classes(n_classes)
    rows = {"rows": np.arange(60), "validation_rows": np.arange(60, 160), "max_epochs": 25, "patience": 99}
    settings = {"loss": cross_entropy, "stop_by": "refinement", "learning_rate": 0.05, "batch_size": 10}
    plans = [plan(own, seed=k, hidden=(16,), **settings, **rows) for k in range(2)]
    results = train(plans)
    y, weight = own.y[60:].numpy(), own.weight[60:].numpy()
    if n_classes == 2:
        y = np.hstack([1 - y, y])
    for result, each in zip(results, plans, strict=True):
        net = bind(each.network, Layout.of(each.network), result.state.flat, {})
        with torch.no_grad():
            z = net.eval()(own.x[60:]).numpy()
        z = np.hstack([np.zeros_like(z), z]) if n_classes == 2 else z

        def loss(log_scale, z=z):
            scaled = np.exp(log_scale) * z
            rows = logsumexp(scaled, axis=1) - (y * scaled).sum(axis=1)
            return np.average(rows, weights=weight)

        least = minimize_scalar(loss, bounds=(-5, 5), method="bounded", options={"xatol": 1e-10}).fun
        refined = [entry["refined_loss"] for entry in result.history]
        assert min(refined) == pytest.approx(least, rel=1e-8)
        assert result.best_epoch == 1 + int(np.argmin(refined))
        assert result.history[result.best_epoch - 1]["validation_loss"] == pytest.approx(loss(0.0), rel=1e-9)
        assert distance(result, train([each])[0]) < 1e-9
    overconfident = train([replace(each, stop_by="loss") for each in plans])
    assert [a.best_epoch for a in overconfident] != [b.best_epoch for b in results]


def test_classes_that_a_network_separates_are_refined_to_the_end_of_the_scale():
    logits = torch.tensor([[[-1.0], [1.0]], [[1.0], [-1.0]]], dtype=torch.float64)
    target = torch.tensor([[[0.0], [1.0]]], dtype=torch.float64).expand(2, -1, -1)
    right, wrong = refined_loss(logits, target, torch.ones(2, 2, dtype=torch.float64)).tolist()
    assert right < 1e-10
    assert wrong == pytest.approx(
        np.log1p(np.exp(1 / 256)), rel=1e-6
    )  # no scale below zero: 1/256 is the least


def test_heads_are_refined_by_their_mean_probabilities():
    raw = torch.randn(1, 30, 4, 1, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    p = raw.sigmoid().mean(dim=2)
    assert torch.allclose(validate._log_odds(raw, "logit"), (p / (1 - p)).log())
