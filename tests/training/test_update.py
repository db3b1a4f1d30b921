import numpy as np
import pytest
import torch
from plans import distance, network, plan, table
from torch import nn

from deepstat.optimizers.sgd import sgd
from deepstat.training.loop import train


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
