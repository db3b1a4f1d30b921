import numpy as np
import pytest
import statsmodels.api as sm
from scipy.optimize import brentq

from deepstat.inference.scores.median_rule import median_rule
from deepstat.inference.scores.sandwich import sandwich
from deepstat.inference.scores.solve_score import solve_score


def least_squares(seed=0, n=60):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 2))
    y = x @ [1.0, -1.0] + rng.normal(size=n) * (1 + x[:, 0] ** 2)
    fit = sm.OLS(y, x).fit()
    return x, y, fit, fit.resid[:, None] * x


def test_sandwich_by_row_is_hc0():
    x, _, fit, rows = least_squares()
    ours = sandwich(rows, x.T @ x, np.ones(60))
    np.testing.assert_allclose(ours, fit.get_robustcov_results("HC0").cov_params(), rtol=1e-10)


def test_sandwich_by_cluster_is_that_of_statsmodels_with_its_factor_of_clusters():
    x, _, fit, rows = least_squares()
    clusters = np.arange(60) // 4
    theirs = fit.get_robustcov_results("cluster", groups=clusters, use_correction=False).cov_params()
    np.testing.assert_allclose(sandwich(rows, x.T @ x, np.ones(60), clusters), theirs * 15 / 14, rtol=1e-10)


def test_weight_two_is_the_row_twice():
    x, _, _, rows = least_squares()
    weight = np.where(np.arange(60) < 20, 2.0, 1.0)
    twice = np.concatenate([np.arange(60), np.arange(20)])
    jacobian = x[twice].T @ x[twice]
    np.testing.assert_allclose(
        sandwich(rows, jacobian, weight), sandwich(rows[twice], jacobian, np.ones(80)), rtol=1e-12
    )


def test_median_rule_of_one_coefficient_is_definition_3_3():
    rng = np.random.default_rng(0)
    for n_splits in (1, 4, 5):
        b, v = rng.normal(size=n_splits), rng.random(n_splits)
        coef, cov = median_rule(b[:, None], v[:, None, None])
        assert coef[0] == np.median(b)
        assert cov[0, 0] == pytest.approx(np.median(v + (b - np.median(b)) ** 2))


def test_median_rule_gives_a_covariance_with_the_scalar_rule_on_its_diagonal():
    rng = np.random.default_rng(1)
    b = rng.normal(size=(6, 4)) * [1, 10, 100, 1000]
    half = rng.normal(size=(6, 4, 4)) * np.array([1, 10, 100, 1000])[:, None]
    covs = half @ half.transpose(0, 2, 1)
    coef, cov = median_rule(b, covs)
    for j in range(4):
        _, own = median_rule(b[:, [j]], covs[:, [j], [j]][:, :, None])
        assert cov[j, j] == pytest.approx(own[0, 0])
    assert (np.linalg.eigvalsh(cov / np.sqrt(np.outer(cov.diagonal(), cov.diagonal()))) > 0).all()
    np.testing.assert_array_equal(coef, np.median(b, axis=0))
    unit = np.array([3.0, 0.5, 7.0, 1.0])  # units of the columns do not matter
    _, scaled = median_rule(b * unit, covs * np.outer(unit, unit))
    np.testing.assert_allclose(scaled, cov * np.outer(unit, unit))


def test_root_is_found_where_full_steps_would_jump_to_and_fro():
    x = np.random.default_rng(0).normal(size=(100, 1)) + 1

    def score(b):  # the derivative told is far too small
        return np.exp(0.5 * x) - np.exp(x * b), np.array([[10.0]])

    ours = solve_score(score, np.zeros(1), np.ones(100))[0][0]
    assert ours == pytest.approx(brentq(lambda b: (np.exp(0.5 * x) - np.exp(x * b)).sum(), -1, 2), rel=1e-8)


def test_a_score_without_root_is_told():
    with pytest.raises(ValueError, match="no root to be found"):
        solve_score(lambda b: (np.exp(b) * np.ones((5, 1)), np.exp(b)[:, None]), np.zeros(1), np.ones(5))
    with pytest.raises(ValueError, match="no root to be found"):
        solve_score(lambda b: (np.ones((5, 1)), np.zeros((1, 1))), np.zeros(1), np.ones(5))
