"""Expectile regression against scipy's expectile, a general optimiser and least squares."""

import numpy as np
import pytest
import statsmodels.api as sm
import torch
from scipy import optimize, stats

from deepstat.solvers.expectile import expectile
from deepstat.solvers.least_squares import least_squares

LEVELS = [0.02, 0.3, 0.5, 0.9]


def engel():
    data = sm.datasets.engel.load_pandas()
    return sm.add_constant(np.array(data.exog)), np.array(data.endog)


def test_an_intercept_alone_gives_scipy_s_expectile():
    _, y = engel()
    found = expectile(np.ones((235, 1)), y, LEVELS)
    assert found.converged.all()
    np.testing.assert_allclose(found.x[0, :, 0], [stats.expectile(y, a) for a in LEVELS], rtol=1e-13)


def test_frequencies_equal_scipy_s_weights():
    _, y = engel()
    w = np.random.default_rng(0).integers(0, 4, 235)
    found = expectile(np.ones((235, 1)), y, 0.9, w[None])
    np.testing.assert_allclose(found.x.item(), stats.expectile(y, 0.9, weights=w), rtol=1e-13)


def test_the_half_is_least_squares():
    X, y = engel()
    np.testing.assert_allclose(
        expectile(X, y, 0.5).x[0, 0], least_squares(torch.tensor(X), torch.tensor(y))[0], rtol=1e-11
    )


@pytest.mark.parametrize("tau", LEVELS)
def test_slopes_equal_a_general_optimiser_and_the_score_is_zero(tau):
    X, y = engel()
    X = X / [1.0, 1000.0]

    def loss(b):
        r = (y - X @ b) / 100
        return (np.abs(tau - (r < 0)) * r**2).sum()

    best = optimize.minimize(
        loss, [100.0, 500.0], method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-14, "maxiter": 5000}
    )
    found = expectile(X, y, tau)
    np.testing.assert_allclose(found.x[0, 0], best.x, rtol=1e-5)
    assert found.value.item() <= best.fun * 1e4 * (1 + 1e-12)
    r = y - X @ found.x[0, 0].numpy()
    score = (np.abs(tau - (r < 0)) * r) @ X
    np.testing.assert_allclose(score, 0.0, atol=1e-9 * np.abs(r).sum())
    np.testing.assert_allclose(-2 * score, found.gradient[0, 0], atol=1e-9 * np.abs(r).sum())


def test_a_member_of_a_population_equals_its_solo_fit():
    X, y = engel()
    W = np.random.default_rng(0).multinomial(235, np.full(235, 1 / 235), size=10).astype(float)
    together = expectile(X, y, LEVELS, W)
    assert together.converged.all()
    assert together.hessian.shape == (10, 4, 2, 2)
    alone = expectile(X, y, LEVELS, W[3])
    torch.testing.assert_close(together.x[3], alone.x[0], rtol=1e-11, atol=1e-10)
    torch.testing.assert_close(together.hessian[3], alone.hessian[0], rtol=1e-11, atol=0)


def test_a_member_that_cannot_be_determined_is_not_converged():
    X = np.c_[np.ones(8), np.arange(8) >= 6]
    W = np.ones((2, 8))
    W[1, 6:] = 0.0
    found = expectile(X, np.arange(8.0) ** 2, 0.4, W)
    assert found.converged[:, 0].tolist() == [True, False]
    assert torch.isnan(found.x[1]).all()


def test_levels_outside_the_unit_interval_are_refused():
    with pytest.raises(ValueError, match="outside the open interval"):
        expectile(np.ones((3, 1)), np.arange(3.0), 1.0)
