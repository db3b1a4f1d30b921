"""Quantile regression: exact lines, and standard errors by their definitions."""

import numpy as np
import pytest
import statsmodels.api as sm
import torch
from classical_twins import data, tensor
from scipy.optimize import linprog
from sklearn.linear_model import QuantileRegressor

from deepstat.classical.quantile_regression import quantile_fit, quantile_result


@pytest.fixture(scope="module")
def engel():
    frame = sm.datasets.engel.load_pandas().data
    return sm.add_constant(frame.income.to_numpy()), frame.foodexp.to_numpy()


# R's quantreg: coefficients, and intervals of level 0.9 by rank inversion, as its documentation prints them.
R_MEDIAN = ((81.48225, 53.25915, 114.01156), (0.56018, 0.48702, 0.60199))


@pytest.mark.parametrize("quantile", [0.05, 0.25, 0.5, 0.75, 0.95])
def test_lines_are_those_of_the_exact_linear_programme(engel, quantile):
    X, y = engel
    theirs = QuantileRegressor(quantile=quantile, alpha=0.0, solver="highs").fit(X[:, 1:], y)
    fit = quantile_fit(tensor(X), tensor(y), quantile)
    np.testing.assert_allclose(fit.coefficients[0, 0], [theirs.intercept_, theirs.coef_[0]], rtol=1e-8)


@pytest.mark.parametrize("name", ["longley", "stackloss", "statecrime"])
def test_objective_is_no_larger_than_that_of_a_linear_programme(name):
    X, y = data(name)
    n, p = X.shape
    scale = np.abs(X).max(0)
    for quantile in (0.25, 0.5, 0.95):
        cost = np.r_[np.zeros(p), np.full(n, quantile), np.full(n, 1 - quantile)]
        equal = np.hstack([X / scale, np.eye(n), -np.eye(n)])
        best = linprog(cost, A_eq=equal, b_eq=y, bounds=[(None, None)] * p + [(0, None)] * (2 * n)).fun
        result = quantile_result(quantile_fit(tensor(X), tensor(y), quantile), covariance="rank")
        assert result.objective <= best * (1 + 1e-8)


def test_iid_errors_are_those_of_statsmodels_and_powell_allows_for_changing_density(engel):
    X, y = engel
    fit = quantile_fit(tensor(X), tensor(y), [0.25, 0.5, 0.75])
    for t, quantile in enumerate(fit.quantiles):
        # Their Bofinger bandwidth takes the density at twice the normal quantile, which is right at the median only.
        rules = {"hall_sheather": "hsheather"} | ({"bofinger": "bofinger"} if quantile == 0.5 else {})
        for rule, name in rules.items():
            theirs = sm.QuantReg(y, X).fit(quantile, vcov="iid", bandwidth=name, p_tol=1e-10, max_iter=5000)
            ours = quantile_result(fit, 0, t, covariance="iid", bandwidth=rule)
            np.testing.assert_allclose(np.asarray(ours.bse), theirs.bse, rtol=1e-6)
            assert ours.sparsity == pytest.approx(theirs.sparsity, rel=1e-6)
            assert ours.bandwidth == pytest.approx(theirs.bandwidth, rel=1e-6)
    assert np.asarray(quantile_result(fit, 0, 1, covariance="iid").bse)[1] == pytest.approx(0.0132, abs=5e-5)
    powell = quantile_result(fit, 0, 1)
    assert np.asarray(powell.bse)[1] == pytest.approx(0.0314, abs=1e-4)
    # By hand, at the same bandwidth.
    residual = y - X @ powell.estimate
    k = np.clip(1 - (residual / powell.bandwidth) ** 2, 0, None) * 0.75 / powell.bandwidth
    bread = np.linalg.inv(X.T @ (k[:, None] * X))
    by_hand = np.sqrt(np.diag(0.25 * bread @ X.T @ X @ bread))
    np.testing.assert_allclose(np.asarray(powell.bse), by_hand, rtol=1e-6)


def test_bootstrap_agrees_with_powell_and_not_with_iid_on_engel(engel):
    X, y = engel
    fit = quantile_fit(tensor(X), tensor(y), 0.5)
    drawn = quantile_result(fit, covariance="bootstrap", n_resamples=400, random_state=1)
    assert 0.028 < np.asarray(drawn.bse)[1] < 0.042
    again = quantile_result(fit, covariance="bootstrap", n_resamples=400, random_state=1)
    np.testing.assert_array_equal(drawn.covariance, again.covariance)
    assert drawn.covariance_name == "bootstrap of rows (400 resamples)"


def test_bootstrap_of_groups_draws_whole_groups():
    # Copies of rows carry no information: drawing groups knows, drawing rows does not.
    rng = np.random.default_rng(0)
    x, e = rng.normal(size=60), rng.normal(size=60)
    X, y = sm.add_constant(np.repeat(x, 9)), np.repeat(x + e, 9)
    fit = quantile_fit(tensor(X), tensor(y), 0.5)
    rows = quantile_result(fit, covariance="bootstrap", n_resamples=200)
    groups = quantile_result(fit, covariance="bootstrap", n_resamples=200, groups=np.repeat(np.arange(60), 9))
    ratio = np.asarray(groups.bse) / np.asarray(rows.bse)
    assert (ratio > 2).all()
    assert (ratio < 4.5).all()


def test_rank_inversion_on_engel_is_that_of_quantreg(engel):
    X, y = engel
    result = quantile_result(quantile_fit(tensor(X), tensor(y), 0.5), covariance="rank")
    np.testing.assert_allclose(result.estimate, [row[0] for row in R_MEDIAN], atol=6e-6)
    np.testing.assert_allclose(np.asarray(result.conf_int(0.9)), [row[1:] for row in R_MEDIAN], atol=6e-6)
    assert (np.asarray(result.pvalues) < [1e-2, 2e-5]).all()
    with pytest.raises(AttributeError, match="Rank inversion gives intervals and no standard errors"):
        result.bse
    assert "P>|T|" in str(result.summary())


def test_frequencies_are_repeated_rows_in_every_covariance_but_the_bootstrap(engel):
    X, y = engel[0][:80], engel[1][:80]
    times = np.arange(80) % 3
    one = quantile_fit(tensor(X), tensor(y), 0.4, weight=tensor(times))
    two = quantile_fit(tensor(np.repeat(X, times, axis=0)), tensor(np.repeat(y, times)), 0.4)
    for kind in ("iid", "powell", "rank"):
        first, second = quantile_result(one, covariance=kind), quantile_result(two, covariance=kind)
        np.testing.assert_allclose(first.estimate, second.estimate, rtol=1e-8)
        np.testing.assert_allclose(np.asarray(first.conf_int()), np.asarray(second.conf_int()), rtol=1e-6)


def test_members_equal_solo_fits(engel):
    X, y = engel
    weight = tensor(np.random.default_rng(0).multinomial(235, np.full(235, 1 / 235), 4))
    together = quantile_fit(tensor(X), tensor(y), [0.3, 0.6], weight=weight)
    assert together.coefficients.shape == (4, 2, 2)
    for k in range(4):
        alone = quantile_fit(tensor(X), tensor(y), [0.3, 0.6], weight=weight[k])
        np.testing.assert_allclose(together.coefficients[k], alone.coefficients[0], rtol=1e-8)


def test_what_is_not_defined_says_so(engel):
    X, y = engel
    fit = quantile_fit(tensor(X), tensor(y), 0.5)
    with pytest.raises(AttributeError, match="A quantile regression has no likelihood"):
        quantile_result(fit).aic
    with pytest.raises(ValueError, match="choose 'iid', 'powell', 'rank' or 'bootstrap'"):
        quantile_result(fit, covariance="robust")
    with pytest.raises(ValueError, match="choose 'hall_sheather' or 'bofinger'"):
        quantile_result(fit, bandwidth="silverman")
    with pytest.raises(ValueError, match=r"outside the open interval"):
        quantile_fit(tensor(X), tensor(y), 1.0)
    flat = quantile_fit(torch.ones(9, 1), torch.tensor([1.0] * 7 + [2.0, 3.0]), 0.5)
    with pytest.raises(ValueError, match="they have no density: use covariance='bootstrap'"):
        quantile_result(flat)
