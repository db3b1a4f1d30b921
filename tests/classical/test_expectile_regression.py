"""Expectile regression: the minimum, and its sandwich."""

import numpy as np
import pytest
import statsmodels.api as sm
from classical_twins import data, tensor
from scipy import optimize

from deepstat.classical.expectile_regression import expectile_fit, expectile_result


@pytest.mark.parametrize("level", [0.1, 0.8])
def test_lines_minimise_the_asymmetric_squares(level):
    X, y = data("stackloss")

    def loss(b):
        residual = y - X @ b
        return np.sum(np.where(residual < 0, 1 - level, level) * residual**2)

    fit = expectile_fit(tensor(X), tensor(y), [level, 0.5])
    found = optimize.minimize(loss, fit.coefficients[0, 1].numpy(), method="BFGS", options={"gtol": 1e-7})
    np.testing.assert_allclose(fit.coefficients[0, 0], found.x, rtol=1e-5, atol=1e-5)
    assert expectile_result(fit).objective <= found.fun * (1 + 1e-12)
    assert expectile_result(fit).score_norm < 1e-8


@pytest.mark.parametrize("kind", ["HC0", "HC1", "HC2", "HC3"])
def test_the_half_expectile_is_least_squares_with_its_robust_errors(kind):
    X, y = data("stackloss")
    ours = expectile_result(expectile_fit(tensor(X), tensor(y), 0.5), covariance=kind)
    theirs = sm.OLS(y, X).fit().get_robustcov_results(kind)
    np.testing.assert_allclose(ours.estimate, theirs.params, rtol=1e-9)
    np.testing.assert_allclose(np.asarray(ours.bse), theirs.bse, rtol=1e-8)


def test_other_levels_have_the_sandwich_of_weighted_least_squares():
    X, y = data("stackloss")
    ours = expectile_result(expectile_fit(tensor(X), tensor(y), 0.7), covariance="HC0")
    asymmetric = np.where(y - X @ ours.estimate < 0, 0.3, 0.7)
    theirs = sm.WLS(y, X, weights=asymmetric).fit(cov_type="HC0")
    np.testing.assert_allclose(ours.estimate, theirs.params, rtol=1e-8)
    np.testing.assert_allclose(np.asarray(ours.bse), theirs.bse, rtol=1e-8)


def test_there_is_no_likelihood():
    X, y = data("stackloss")
    with pytest.raises(AttributeError, match="An expectile regression has no likelihood"):
        expectile_result(expectile_fit(tensor(X), tensor(y), 0.5)).bic
