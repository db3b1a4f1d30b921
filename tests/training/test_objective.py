"""Heads: the loss is the mean of the heads' losses, with weights, scales, constants and whole-batch losses."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from plans import distance, plan, table
from torch import nn

from deepstat.architectures.tabm import tabm
from deepstat.data.inputs import Inputs
from deepstat.layers.heads_of import heads_of
from deepstat.losses.huber import huber
from deepstat.losses.scales import mad
from deepstat.losses.squared import squared
from deepstat.records import Constant
from deepstat.training import objective as place
from deepstat.training import validate
from deepstat.training.gradients import Solo
from deepstat.training.loop import train
from deepstat.training.objective import mean_loss, row_losses
from deepstat.training.plan import Objective
from deepstat.training.population import Population

DRAWS = torch.Generator().manual_seed(0)
RAW = torch.randn(7, 4, 2, generator=DRAWS, dtype=torch.float64)
Y = torch.randn(7, 2, generator=DRAWS, dtype=torch.float64)
WEIGHT = torch.rand(7, generator=DRAWS, dtype=torch.float64)
SCALE = torch.tensor([0.5, 2.0], dtype=torch.float64)


def network(seed=0, p=5, **options):
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return tabm(Inputs(p), 1, **{"n_heads": 3, "width": 8, **options}).double()


def by_head(own, raw, weight=WEIGHT, scale=None, options=None):
    return torch.stack(
        [mean_loss(own, raw[:, j], Y, weight, options or {}, scale) for j in range(raw.shape[1])]
    )


@pytest.mark.parametrize("weight", [None, WEIGHT], ids=["plain", "weighted"])
@pytest.mark.parametrize("scale", [None, SCALE], ids=["raw", "scaled"])
def test_the_loss_is_the_mean_of_the_heads_losses(weight, scale):
    own = Objective(loss=huber, options={"delta": 0.7})
    found = mean_loss(own, RAW, Y, weight, {}, scale)
    torch.testing.assert_close(found, by_head(own, RAW, weight, scale).mean())
    rows = row_losses(own, RAW, Y, {}, scale)
    alone = torch.stack([row_losses(own, RAW[:, j], Y, {}, scale) for j in range(4)])
    torch.testing.assert_close(rows, alone.mean(0))


def test_a_loss_of_the_mean_prediction_is_told_apart():
    """A planted fault: heads that make up for one another have no loss then."""
    raw = torch.cat([RAW, 2 * Y[:, None] - RAW], 1)  # in pairs with the mean Y
    honest = mean_loss(Objective(loss=squared, options={}), raw, Y, None, {}, None)
    planted = mean_loss(Objective(loss=squared, options={}), raw.mean(1), Y, None, {}, None)
    assert planted < 1e-20
    assert honest > 0.1


def test_whole_batch_losses_are_averaged_over_heads():
    def contrast(prediction, target, *, weight):
        weight = torch.ones_like(target[:, 0]) if weight is None else weight
        return (weight[:, None] * (prediction - prediction.mean(0) - target).square()).sum() / weight.sum()

    own = Objective(loss=contrast, options={}, per_row=False)
    torch.testing.assert_close(mean_loss(own, RAW, Y, WEIGHT, {}, None), by_head(own, RAW).mean())


def test_validation_compares_by_the_mean_loss_of_heads():
    own = plan(net=network(), max_epochs=1)
    population = Population.of([own, own])
    weighted = replace(own, table=table(weight=np.linspace(0.5, 1.5, 200)))
    rows = validate.Rows([weighted, weighted], 32)
    which = [torch.arange(50), torch.arange(50, 100)]
    backend = Both(own.network.eval())
    found = validate.mean_losses(own.objective, population, backend, rows, which)
    for k, index in enumerate(which):
        raw, y = own.network(weighted.table.x[index]), weighted.table.y[index]
        losses = 0.5 * (raw - y[:, None]).square().sum(2).mean(1)
        weight = weighted.table.weight[index]
        torch.testing.assert_close(found[k], (losses * weight).sum() / weight.sum())


def test_residual_scales_are_those_of_all_heads_residuals_together():
    own = plan(net=network(), loss=huber, options={"delta": 1.0}, residual_scale="mad")
    rows = validate.Rows([own, own], 32)
    which = [torch.arange(150), torch.arange(60, 100)]
    found = validate.residual_scales(
        own.objective, Population.of([own, own]), Both(own.network.eval()), rows, which
    )
    for k, index in enumerate(which):
        residual = (own.table.y[index][:, None] - own.network(own.table.x[index])).reshape(-1, 1)
        torch.testing.assert_close(found[k], mad(residual.detach(), None).double())


class Both:
    """Two members with the values of one network."""

    def __init__(self, network):
        self.network = network

    def raw(self, population, x):
        with torch.no_grad():
            return torch.stack([self.network(own) for own in x])


def plans_of_heads(**settings):
    draw = np.random.default_rng(1)
    return [
        plan(
            seed=k,
            rows=draw.permutation(190)[:n],
            net=network(seed=k, dropout=0.3, **settings.get("options", {})),
            learning_rate=rate,
            l2=1e-3 * k,
            max_epochs=8,
            **{name: value for name, value in settings.items() if name != "options"},
        )
        for k, (n, rate) in enumerate([(160, 1e-3), (161, 3e-3), (129, 1e-2)])
    ]


SETTINGS = [
    {},
    {"options": {"shared": "mini"}},
    {"validation_rows": np.arange(190, 200), "patience": 3},
    {"loss": huber, "options": {"n_heads": 2}, "residual_scale": "huber"},
]


@pytest.mark.parametrize("settings", SETTINGS, ids=["full", "mini", "stopping", "scaled"])
def test_members_with_heads_equal_solo_fits_over_the_whole_fit(settings):
    plans = plans_of_heads(**settings)
    for together, alone in zip(train(plans), [train([p])[0] for p in plans], strict=True):
        assert distance(together, alone) < 1e-9
        assert len(together.history) == len(alone.history)


def test_one_step_of_training_follows_the_mean_of_the_heads_gradients():
    own = plan(net=network(dropout=0.0), rows=np.arange(32), batch_size=32)
    solo = Solo(own, Population.of([own]))
    x, y = own.table.x[:32], own.table.y[:32]
    solo._backward(Population.of([own]), x[None], y[None], None)
    expected = sum(
        torch.cat([g.reshape(-1) for g in torch.autograd.grad(
            0.5 * (own.network(x)[:, j] - y).square().mean(), list(own.network.parameters()))])
        for j in range(heads_of(own.network))
    ) / heads_of(own.network)  # fmt: skip
    torch.testing.assert_close(solo.gradient[0], expected, rtol=1e-9, atol=1e-12)


def test_a_planted_loss_of_the_mean_prediction_changes_the_fit(monkeypatch):
    plans = plans_of_heads()
    honest = train(plans)
    rows = place.row_losses
    monkeypatch.setattr(
        place, "row_losses", lambda own, raw, *rest: rows(own, raw.mean(1) if raw.ndim == 3 else raw, *rest)
    )
    planted = [train([p])[0] for p in plans]
    assert min(map(distance, honest, planted)) > 1e-4


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:`torch.jit:DeprecationWarning")
def test_compiled_members_with_heads_equal_eager_solo_fits():
    plans = [replace(p, rows=p.rows[:128]) for p in plans_of_heads()[:2]]
    compiled = train([replace(p, compiled=True) for p in plans])
    assert max(map(distance, compiled, [train([p])[0] for p in plans])) < 1e-9


def test_constants_trained_with_the_network_are_one_for_all_heads():
    def normal(prediction, target, *, scale):
        return (0.5 * ((prediction - target) / scale).square() + scale.log()).mean(1)

    scale = Constant("scale", start=1.0, low=0.0)
    flat = network(dropout=0.0)
    with torch.no_grad():
        for parameter in flat.parameters():
            parameter.zero_()
    own = plan(
        net=flat, loss=normal, constants=(scale,), learning_rate=0.05, max_epochs=300, batch_size=200,
        learning_rates=torch.cat([torch.zeros(sum(p.numel() for p in flat.parameters())), torch.ones(1)]),
    )  # fmt: skip
    result = train([own])[0]
    found = float(result.state.flat[-1].exp())
    assert abs(found - float(own.table.y.square().mean().sqrt())) < 1e-3


def test_bfloat16_products_train_networks_with_heads():
    own = plan(table(dtype=torch.float32), net=network().float(), autocast=True, max_epochs=2)
    plain, mixed = train([replace(own, autocast=False)])[0], train([own])[0]
    assert mixed.state.flat.dtype == torch.float32
    assert 0 < distance(plain, mixed) < 0.1


def test_a_plain_module_with_heads_trains_too():
    class Repeated(nn.Module):
        n_heads = 2

        def __init__(self):
            super().__init__()
            self.linear = nn.Linear(5, 2, dtype=torch.float64)

        def forward(self, x):
            return self.linear(x).unsqueeze(2)

    plans = [plan(net=Repeated(), seed=k) for k in range(2)]
    assert max(map(distance, train(plans), [train([p])[0] for p in plans])) < 1e-9
