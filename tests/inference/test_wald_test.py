import numpy as np
import pytest
import statsmodels.api as sm

from deepstat.inference.wald_test import wald_test


@pytest.fixture
def fit():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(40, 3))
    return sm.OLS(x @ [0.2, 0.1, 0.0] + rng.normal(size=40), x).fit()


@pytest.mark.parametrize("restriction", [None, [1, -1, 0], [[1, 0, 0], [0, 1, 1]]])
@pytest.mark.parametrize("use_f", [False, True])
def test_statistic_and_p_value_are_those_of_statsmodels(fit, restriction, use_f):
    ours = wald_test(fit.params, fit.cov_params(), restriction, df_resid=37 if use_f else np.inf)
    theirs = fit.wald_test(
        np.eye(3) if restriction is None else np.array(restriction), use_f=use_f, scalar=True
    )
    assert ours.statistic == pytest.approx(theirs.statistic)
    assert ours.p_value == pytest.approx(float(theirs.pvalue))


def test_a_value_other_than_zero_is_tested(fit):
    ours = wald_test(fit.params, fit.cov_params(), [1, 0, 0], 0.2)
    assert ours.statistic == pytest.approx(((fit.params[0] - 0.2) / fit.bse[0]) ** 2)


def test_restrictions_that_do_not_fit_are_refused(fit):
    with pytest.raises(ValueError, match="give rows of 3 numbers"):
        wald_test(fit.params, fit.cov_params(), [1, 0])
    with pytest.raises(ValueError, match="linearly dependent"):
        wald_test(fit.params, fit.cov_params(), [[1, 0, 0], [2, 0, 0]])
