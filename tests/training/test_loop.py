from dataclasses import replace

import numpy as np
import pytest
import torch
from plans import distance, network, plan, table
from torch import nn

from deepstat.optimizers.sgd import sgd
from deepstat.training import gradients
from deepstat.training.layout import Layout
from deepstat.training.loop import train
from deepstat.training.population import bind


def members(own, **settings):
    """Three members that differ in everything that may differ, rows of three batch counts included."""
    draw = np.random.default_rng(1)
    return [
        plan(
            own,
            seed=k,
            rows=draw.permutation(190)[:n],
            learning_rate=rate,
            l2=l2,
            l1=l1,
            clip=clip,
            max_epochs=epochs,
            **settings,
        )
        for k, (n, rate, l2, l1, clip, epochs) in enumerate(
            [(160, 1e-3, 0.0, 0.0, None, 8), (161, 3e-3, 1e-3, 0.0, 1.0, 12), (129, 1e-2, 0.0, 1e-4, 0.5, 10)]
        )
    ]


@pytest.mark.parametrize("settings", [{}, {"dropout": 0.3}, {"batch_norm": True}], ids=str)
def test_members_equal_solo_fits_over_the_whole_fit(settings):
    own = table()
    plans = members(own, **settings)
    for together, alone in zip(train(plans), [train([p])[0] for p in plans], strict=True):
        assert distance(together, alone) < 1e-9
        assert len(together.history) == len(alone.history)


@pytest.mark.slow
@pytest.mark.parametrize("settings", [{"dropout": 0.3}, {"batch_norm": True}], ids=str)
def test_compiled_members_equal_eager_solo_fits(settings):
    plans = members(table(), **settings)
    compiled = train([replace(p, compiled=True) for p in plans])
    alone = [train([p])[0] for p in plans]
    assert max(map(distance, compiled, alone)) < 1e-9
    assert distance(train([replace(plans[1], compiled=True)])[0], alone[1]) < 1e-9


def test_a_planted_leak_between_members_is_caught(monkeypatch):
    """The equality test above can fail: let a member's gradient see its neighbour."""
    honest = gradients.losses_and_gradient

    def leaking(*args):
        losses, gradient = honest(*args)
        return losses, gradient + 1e-6 * gradient.roll(1, dims=0)

    plans = members(table())
    alone = [train([p])[0] for p in plans]
    monkeypatch.setattr(gradients, "losses_and_gradient", leaking)
    assert max(map(distance, train(plans), alone)) > 1e-9


def test_dropout_rates_may_differ_between_members():
    own = table()
    plans = [plan(own, seed=k, dropout=p) for k, p in enumerate([0.1, 0.5])]
    assert plans[0].key == plans[1].key
    assert max(map(distance, train(plans), [train([p])[0] for p in plans])) < 1e-9


def test_loss_options_may_differ_between_members():
    from deepstat.losses.quantile import quantile

    own = table()
    plans = [plan(own, loss=quantile, options={"tau": tau}) for tau in (0.1, 0.5, 0.9)]
    results = train(plans)
    assert max(map(distance, results, [train([p])[0] for p in plans])) < 1e-9
    assert distance(results[0], results[2]) > 1e-3


def test_a_fit_repeated_is_equal_to_the_bit():
    plans = members(table(dtype=torch.float32), dropout=0.2)
    assert all(distance(a, b) == 0.0 for a, b in zip(train(plans), train(plans), strict=True))


def test_float32_members_do_not_depend_on_how_many_there_are():
    own = table(dtype=torch.float32)
    plans = [plan(own, seed=k, dropout=0.2) for k in range(5)]
    assert distance(train(plans)[1], train(plans[:2])[1]) == 0.0


def test_the_global_generator_is_not_touched():
    before = torch.get_rng_state()
    train([plan(dropout=0.5), plan(dropout=0.5, seed=1)])
    assert torch.equal(before, torch.get_rng_state())


@pytest.mark.parametrize("n_members", [1, 2])
def test_weight_two_equals_the_row_twice_and_weight_zero_its_absence(n_members):
    draw = np.random.default_rng(2)
    weight = draw.integers(0, 4, size=60).astype(float)
    own = table(n=60)
    weighted = replace(own, weight=torch.tensor(weight))
    kept, repeated = np.flatnonzero(weight), np.repeat(np.arange(60), weight.astype(int))
    settings = {"batch_size": 1000, "max_epochs": 60}
    a = train([plan(weighted, seed=k, rows=kept, **settings) for k in range(n_members)])
    b = train([plan(own, seed=k, rows=repeated, **settings) for k in range(n_members)])
    assert max(map(distance, a, b)) < 1e-9


def test_sgd_with_full_batches_is_gradient_descent():
    """One linear unit by hand: w <- w - lr * mean((w x + b - y) x)."""
    own = table(n=40, p=1 + 2)
    net = nn.Linear(3, 1).double()
    w, b = net.weight.detach().numpy().copy(), net.bias.detach().numpy().copy()
    x, y = own.x.numpy(), own.y.numpy()
    result = train([plan(own, net=net, rule=sgd, learning_rate=0.1, batch_size=40, max_epochs=5)])[0]
    for _ in range(5):
        residual = x @ w.T + b - y
        w, b = w - 0.1 * (residual.T @ x) / 40, b - 0.1 * residual.mean(axis=0)
    assert np.abs(result.state.flat.numpy() - np.concatenate([w.ravel(), b])).max() < 1e-12


def test_ridge_penalty_reaches_the_closed_form():
    """(1/2n)|y - Xw - b|^2 + (l2/2)|w|^2, the bias free: w = (Xc'Xc/n + l2 I)^-1 Xc'y/n."""
    own = table(n=100)
    x, y = own.x.numpy(), own.y.numpy()
    net = nn.Linear(5, 1).double()
    result = train([plan(own, net=net, rule=sgd, learning_rate=0.5, batch_size=100, max_epochs=400, l2=0.3)])[
        0
    ]
    centred = x - x.mean(axis=0)
    expected = np.linalg.solve(centred.T @ centred / 100 + 0.3 * np.eye(5), centred.T @ y / 100)
    assert np.abs(result.state.flat.numpy()[:5] - expected.ravel()).max() < 1e-9


def test_lasso_penalty_matches_scikit_learn_on_the_active_set():
    from sklearn.linear_model import Lasso

    own = table(n=100)
    net = nn.Linear(5, 1).double()
    reference = Lasso(alpha=0.01, tol=1e-12).fit(own.x.numpy(), own.y.numpy()[:, 0])
    result = train(
        [plan(own, net=net, rule=sgd, learning_rate=0.2, batch_size=100, max_epochs=800, l1=0.01)]
    )[0]
    active = np.abs(reference.coef_) > 0.02
    assert active.any()
    assert np.abs(result.state.flat.numpy()[:5] - reference.coef_)[active].max() < 1e-6


def test_clipping_bounds_each_members_own_gradient():
    own = table(n=32)
    free, bound = train([plan(own, rule=sgd, learning_rate=1.0, max_epochs=1, clip=c) for c in (None, 1e-3)])
    start = plan(own).network
    flat = torch.cat([p.detach().reshape(-1) for p in start.parameters()])
    assert float((bound.state.flat - flat).norm()) == pytest.approx(1e-3, rel=1e-9)
    assert float((free.state.flat - flat).norm()) > 1e-2


class Explodes(nn.Module):
    """Turns NaN once its weight has moved far enough."""

    def __init__(self, limit):
        super().__init__()
        self.linear = nn.Linear(5, 1).double()
        self.register_buffer("limit", torch.tensor(float(limit), dtype=torch.float64))

    def forward(self, x):
        out = self.linear(x)
        return out * torch.where(self.linear.weight[0, 0] > self.limit, float("nan"), 1.0)


@pytest.mark.parametrize("n_members", [1, 3])
def test_a_loss_that_becomes_nan_stops_that_member_and_keeps_its_last_good_weights(n_members):
    own = table()
    with torch.random.fork_rng():
        torch.manual_seed(0)
        nets = [Explodes(limit) for limit in ([0.3] if n_members == 1 else [0.3, 1e9, 1e9])]
    plans = [plan(own, net=net, learning_rate=0.01, seed=k) for k, net in enumerate(nets)]
    results = train(plans)
    assert results[0].stopped == "nan"
    assert 1 < len(results[0].history) < 10
    assert torch.isfinite(results[0].state.flat).all()
    for k in range(1, n_members):
        assert results[k].stopped == "max_epochs"
        assert distance(results[k], train([plans[k]])[0]) < 1e-9


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


def test_on_epoch_is_called_with_the_members_index_and_may_stop_it():
    calls = []

    def record(member, entry):
        calls.append((member, int(entry["epoch"])))
        return member == 1 and entry["epoch"] >= 2

    results = train([plan(seed=k, on_epoch=record, max_epochs=4) for k in range(2)])
    assert results[1].stopped == "callback"
    assert [c for c in calls if c[0] == 1] == [(1, 1), (1, 2)]
    assert [c for c in calls if c[0] == 0] == [(0, e) for e in range(1, 5)]


class Branches(nn.Module):
    """Cannot be batched by vmap: looks at a value."""

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(5, 1).double()

    def forward(self, x):
        return self.linear(x) * (2.0 if float(x.abs().max()) > 1.0 else 1.0)


class Recurrent(nn.Module):
    """A recurrent layer."""

    def __init__(self):
        super().__init__()
        self.lstm, self.linear = nn.LSTM(1, 4, batch_first=True).double(), nn.Linear(4, 1).double()

    def forward(self, x):
        return self.linear(self.lstm(x[:, :, None])[0][:, -1])


def test_networks_that_cannot_be_batched_are_trained_one_by_one():
    own = table(n=64)
    plans = [plan(own, net=Branches(), seed=k, max_epochs=2) for k in range(3)]
    assert not gradients.can_batch(plans[0])
    results = train(plans)
    assert all(distance(a, train([p])[0]) == 0.0 for a, p in zip(results, plans, strict=True))


def test_recurrent_networks_equal_their_solo_fits():
    own = table(n=64)
    plans = [plan(own, net=Recurrent(), seed=k, max_epochs=2) for k in range(3)]
    assert max(map(distance, train(plans), [train([p])[0] for p in plans])) < 1e-9


def test_members_of_different_tables_train_together():
    tables = [table(seed=k, n=100 + k) for k in range(3)]
    plans = [plan(own, seed=k) for k, own in enumerate(tables)]
    assert max(map(distance, train(plans), [train([p])[0] for p in plans])) < 1e-9


def test_each_members_own_standardisation_is_applied_after_the_gather():
    own = table()
    moved = replace(own, x=own.x * 3.0 + 7.0)
    center, scale = torch.full((5,), 7.0).double(), torch.full((5,), 1 / 3, dtype=torch.float64)
    a = train([plan(moved, center=center, scale=scale)])[0]
    assert distance(a, train([plan(own)])[0]) < 1e-9


def test_sparse_rows_train_as_dense_ones():
    from scipy import sparse

    from deepstat.data.tensors import SparseRows, TensorTable

    own = table()
    x = own.x.numpy() * (np.random.default_rng(0).random((200, 5)) < 0.4)
    thin = SparseRows.from_scipy(sparse.csr_array(x), torch.float64, torch.device("cpu"))
    dense = TensorTable(torch.tensor(x), own.y)
    assert distance(train([plan(TensorTable(thin, own.y))])[0], train([plan(dense)])[0]) == 0.0
    two = [plan(TensorTable(thin, own.y), seed=k) for k in range(2)]
    assert max(map(distance, train(two), train([plan(dense, seed=k) for k in range(2)]))) == 0.0


def test_a_schedule_multiplies_the_learning_rate_by_each_members_own_progress():
    seen = []

    def half(progress):
        seen.append(progress)
        return torch.where(progress < 0.5, 1.0, 0.0)

    own = table(n=64)
    stopped = train([plan(own, schedule=half, max_epochs=8)])[0]
    short = train([plan(own, max_epochs=4)])[0]
    assert distance(stopped, short) < 1e-12
    assert float(seen[-1][-1]) == pytest.approx(1 - 1 / 16)


def test_frozen_parameters_stay_as_they_start():
    own = table()
    net = network()
    n = net[0].weight.numel() + net[0].bias.numel()
    rates = torch.ones(sum(p.numel() for p in net.parameters()))
    rates[:n] = 0.0
    flat = train([plan(own, net=net, learning_rates=rates)])[0].state.flat
    start = torch.cat([p.detach().reshape(-1) for p in net.parameters()])
    assert torch.equal(flat[:n], start[:n])
    assert not torch.equal(flat[n:], start[n:])


def test_trained_constants_reach_the_maximum_likelihood_estimate():
    """A Laplace scale trained with the location: its estimate is the mean absolute residual."""
    from deepstat.records import Constant

    def laplace(prediction, target, *, b):
        return (prediction - target).abs().mean(dim=1) / b + b.log()

    own = table(n=128, p=3)
    settings = {"loss": laplace, "constants": (Constant("b", start=1.0, low=0.0),), "batch_size": 128}
    plans = [
        plan(own, net=nn.Linear(3, 1).double(), learning_rate=0.01, max_epochs=1500, seed=k, **settings)
        for k in range(2)
    ]
    for result, own_plan in zip(train(plans), plans, strict=True):
        layout = Layout.of(own_plan.network, own_plan.objective.constants)
        net = bind(own_plan.network, layout, result.state.flat, {})
        with torch.no_grad():
            residual = (net(own.x) - own.y).abs().mean()
        assert float(layout.constant_values(result.state.flat)["b"]) == pytest.approx(
            float(residual), rel=1e-2
        )
    assert distance(train(plans)[0], train(plans[:1])[0]) < 1e-9


@pytest.mark.parametrize("n_members", [1, 2])
def test_bfloat16_products_keep_float32_weights_and_change_the_result_slightly(n_members):
    own = table(dtype=torch.float32)
    plans = [plan(own, seed=k) for k in range(n_members)]
    mixed = train([replace(p, autocast=True) for p in plans])[0]
    exact = train(plans)[0]
    assert mixed.state.flat.dtype == torch.float32
    assert 0 < distance(mixed, exact) < 0.05


def test_a_fit_that_starts_from_another_keeps_its_weights_and_residual_scale():
    from deepstat.losses.huber import huber
    from deepstat.losses.tukey import tukey

    own = table()
    first = plan(own, loss=huber, options={"delta": 1.345}, residual_scale="mad")
    huber_fit = train([first])[0]
    second = plan(
        own, loss=tukey, options={"c": 4.685}, residual_scale="mad", max_epochs=1, learning_rate=1e-12
    )
    tukey_fit = train([replace(second, start=first)])[0]
    assert float((tukey_fit.state.flat - huber_fit.state.flat).abs().max()) < 1e-9
    assert torch.equal(tukey_fit.state.scale, huber_fit.state.scale)


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
        plan(own, rule=sgd, learning_rate=0.05, max_epochs=60, schedule=burst, seed=k) for k in range(n_members)
    ]
    calm = [replace(p, schedule=None, max_epochs=30) for p in plans]
    for result, good in zip(train(plans), train(calm), strict=True):
        assert result.stopped == "nan"
        assert result.best_epoch == 30
        assert distance(result, good) < 1e-9


def test_networks_that_draw_their_own_noise_are_reproducible_and_move_no_generator():
    class Noisy(nn.Module):
        def __init__(self):
            super().__init__()
            self.linear = nn.Linear(5, 1).double()

        def forward(self, x):
            return self.linear(x + 0.1 * torch.randn_like(x) if self.training else x)

    own, net = table(), Noisy()
    before = torch.get_rng_state()
    a, b = train([plan(own, net=net)])[0], train([plan(own, net=net)])[0]
    assert distance(a, b) == 0.0
    assert torch.equal(before, torch.get_rng_state())


def test_residual_scales_given_as_numbers_belong_to_one_output_each():
    from deepstat.losses.huber import huber

    own = table(k=2)
    result = train([plan(own, loss=huber, residual_scale=(0.5, 2.0), max_epochs=1)])[0]
    assert result.state.scale.tolist() == [0.5, 2.0]
