from dataclasses import replace

import numpy as np
import pytest
import torch
from plans import distance, plan, table
from torch import nn

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


def test_members_that_share_their_batches_equal_solo_fits():
    everyone = np.arange(200, dtype=np.int32)
    plans = [plan(rows=everyone, seed=k, order_seed=5, dropout=0.2) for k in range(3)]
    assert max(map(distance, train(plans), [train([p])[0] for p in plans])) < 1e-9
    own_order = train([replace(plans[0], order_seed=None)])[0]
    assert distance(own_order, train([plans[0]])[0]) > 1e-6


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
