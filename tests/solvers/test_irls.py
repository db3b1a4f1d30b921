"""Robust regression against statsmodels' RLM run to its fixed point."""

import numpy as np
import pytest
import statsmodels.api as sm
import torch
from scipy import integrate, stats

from deepstat.solvers.irls import irls

NORMS = {"huber": sm.robust.norms.HuberT(), "tukey": sm.robust.norms.TukeyBiweight()}
SCALES = {"mad": "mad", "huber": sm.robust.scale.HuberScale(tol=1e-15, maxiter=2000)}


def stackloss():
    data = sm.datasets.stackloss.load_pandas()
    return torch.tensor(sm.add_constant(data.exog.to_numpy())), torch.tensor(data.endog.to_numpy(copy=True))


@pytest.mark.parametrize("loss", NORMS)
@pytest.mark.parametrize("scale", SCALES)
def test_stackloss_equals_statsmodels(loss, scale):
    X, y = stackloss()
    reference = sm.RLM(y.numpy(), X.numpy(), M=NORMS[loss]).fit(
        tol=1e-12, maxiter=5000, conv="coefs", scale_est=SCALES[scale]
    )
    found = irls(X, y, loss=loss, scale=scale)
    assert found.converged.all()
    np.testing.assert_allclose(found.coefficients[0], reference.params, rtol=1e-10)
    np.testing.assert_allclose(found.scale[0], reference.scale, rtol=1e-10)
    np.testing.assert_allclose(found.weight[0], reference.weights, atol=1e-10)


@pytest.mark.parametrize("loss", NORMS)
def test_constant_is_statsmodels_constant(loss):
    X, y = stackloss()
    norm = type(NORMS[loss])(2.0 if loss == "huber" else 6.0)
    reference = sm.RLM(y.numpy(), X.numpy(), M=norm).fit(tol=1e-12, maxiter=5000, conv="coefs")
    found = irls(X, y, loss=loss, constant=2.0 if loss == "huber" else 6.0)
    np.testing.assert_allclose(found.coefficients[0], reference.params, rtol=1e-9)


@pytest.mark.parametrize("loss", NORMS)
@pytest.mark.parametrize("scale", SCALES)
def test_weight_two_equals_the_row_twice(loss, scale):
    X, y = stackloss()
    times = torch.tensor([1, 2, 0, 3, 1, 1, 2] * 3)
    weighted = irls(X, y, times[None].double(), loss=loss, scale=scale)
    repeated = irls(X.repeat_interleave(times, 0), y.repeat_interleave(times), loss=loss, scale=scale)
    assert weighted.converged.all()
    torch.testing.assert_close(weighted.scale, repeated.scale, rtol=1e-9, atol=0)
    torch.testing.assert_close(weighted.coefficients, repeated.coefficients, rtol=1e-8, atol=1e-9)


def test_a_member_of_a_population_equals_its_solo_fit():
    X, y = stackloss()
    generator = np.random.default_rng(0)
    W = torch.tensor(generator.multinomial(63, np.full(21, 1 / 21), size=30), dtype=torch.float64)
    together = irls(X, y, W)
    for k in (0, 11, 29):
        alone = irls(X, y, W[k : k + 1])
        torch.testing.assert_close(together.coefficients[k], alone.coefficients[0], rtol=1e-9, atol=1e-9)
        assert together.n_iter[k] == alone.n_iter[0]


def test_a_fixed_scale_makes_huber_the_minimiser_of_its_loss():
    X, y = stackloss()
    found = irls(X, y, scale=2.0)
    residual = (y - found.coefficients[0] @ X.T) / 2.0
    score = residual.clamp(-1.345, 1.345) @ X
    assert found.converged.all()
    assert score.abs().max() < 1e-8 * X.abs().sum(0).max()
    assert found.scale.tolist() == [2.0]


def test_tukey_depends_on_its_start():
    rng = np.random.default_rng(0)
    x = np.r_[rng.uniform(0, 1, 30), np.full(12, 4.0)]
    y = np.r_[2 * x[:30], np.zeros(12)] + 0.1 * rng.normal(size=42)
    X = sm.add_constant(x)
    found = irls(X, y, loss="tukey", start=[[0.0, 0.0], [0.0, 2.0]])
    assert found.converged.all()
    assert (found.coefficients[:, 1] > 1.0).tolist() == [False, True]
    for k, start in enumerate(([0.0, 0.0], [0.0, 2.0])):
        reference = sm.RLM(y, X, M=NORMS["tukey"]).fit(
            tol=1e-12, maxiter=5000, conv="coefs", start_params=start
        )
        np.testing.assert_allclose(found.coefficients[k], reference.params, atol=1e-9)


def test_a_cycle_of_the_scale_is_not_convergence():
    X, y = stackloss()
    usual = irls(X, y, loss="tukey").coefficients[0]
    rng = np.random.default_rng(3)
    rows = [rng.choice(21, 4, replace=False) for _ in range(40)]
    starts = torch.stack([torch.linalg.lstsq(X[r], y[r, None]).solution[:, 0] for r in rows])
    found = irls(X, y, loss="tukey", start=starts, max_iter=300)
    once_more = irls(X, y, loss="tukey", start=found.coefficients, max_iter=1).coefficients
    moved = (once_more - found.coefficients).abs().amax(1) > 1e-6
    assert 0 < moved.sum() < 40
    assert found.converged.tolist() == (~moved).tolist()
    close = (found.coefficients - usual).abs().amax(1) < 1e-6
    assert close.tolist() == found.converged.tolist()


def test_proposal_two_solves_its_defining_equation():
    y = torch.tensor(np.random.default_rng(0).standard_t(3, 50))
    found = irls(torch.ones(50, 1), y, scale="huber")
    z = (y - found.coefficients[0, 0]) / found.scale[0]
    moment = integrate.quad(lambda u: min(u * u, 6.25) * stats.norm.pdf(u), -12, 12, points=[-2.5, 2.5])[0]
    np.testing.assert_allclose(z.square().clamp(max=6.25).sum(), 49 * moment, rtol=1e-9)


def test_half_of_the_rows_fitted_exactly_is_not_convergence():
    y = torch.tensor([0.0] * 8 + [1.0, 5.0], dtype=torch.float64)
    found = irls(torch.ones(10, 1), y, start=torch.zeros(1))
    assert found.scale.tolist() == [0.0]
    assert not found.converged.any()


def test_running_out_of_iterations_is_not_convergence():
    X, y = stackloss()
    found = irls(X, y, max_iter=3)
    assert not found.converged.any()
    assert found.n_iter.tolist() == [3]


def test_weights_that_leave_a_column_without_rows_are_not_convergence():
    X = torch.cat([torch.ones(8, 1), (torch.arange(8) >= 6).double()[:, None]], 1)
    W = torch.ones(2, 8)
    W[1, 6:] = 0.0
    found = irls(X, torch.arange(8.0) ** 2, W)
    assert found.converged.tolist() == [True, False]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"loss": "hubber"}, "choose 'huber' or 'tukey'"),
        ({"scale": "iqr"}, "choose 'mad', 'huber'"),
        ({"weight": -torch.ones(1, 21)}, "negative"),
    ],
)
def test_unknown_options_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        irls(*stackloss(), **options)


def test_aliased_columns_are_refused():
    X, y = stackloss()
    with pytest.raises(ValueError, match="rank 4 of 5"):
        irls(torch.cat([X, X[:, :1]], 1), y)
