"""Least squares against certified values and statsmodels."""

import numpy as np
import pytest
import statsmodels.api as sm
import torch
from classical_twins import assert_twin, data, tensor

from deepstat.classical.least_squares import least_squares_fit, least_squares_result

# NIST Statistical Reference Datasets, Longley: certified estimates and standard deviations.
NIST = np.array(
    [
        (-3482258.63459582, 890420.383607373),
        (15.0618722713733, 84.9149257747669),
        (-0.358191792925910e-01, 0.334910077722432e-01),
        (-2.02022980381683, 0.488399681651699),
        (-1.03322686717359, 0.214274163161675),
        (-0.511041056535807e-01, 0.226073200069370),
        (1829.15146461355, 455.478499142212),
    ]
)


def test_longley_has_the_certified_values():
    X, y = data("longley")
    result = least_squares_result(least_squares_fit(tensor(X), tensor(y)))
    np.testing.assert_allclose(result.estimate, NIST[:, 0], rtol=1e-11)
    np.testing.assert_allclose(np.asarray(result.bse), NIST[:, 1], rtol=1e-11)
    assert result.rsquared == pytest.approx(0.995479004577296, rel=1e-12)
    assert result.scale**0.5 == pytest.approx(304.854073561965, rel=1e-11)
    reference = sm.OLS(y, X).fit()
    for name in ("llf", "aic", "bic"):
        assert getattr(result, name) == pytest.approx(getattr(reference, name), rel=1e-12)
    np.testing.assert_allclose(np.asarray(result.pvalues), reference.pvalues, rtol=1e-6)
    np.testing.assert_allclose(np.asarray(result.conf_int(0.9)), reference.conf_int(0.1), rtol=1e-7)


@pytest.mark.parametrize("kind", ["HC0", "HC1", "HC2", "HC3"])
def test_robust_covariances_are_those_of_statsmodels(kind):
    X, y = data("stackloss")
    result = least_squares_result(least_squares_fit(tensor(X), tensor(y)), covariance=kind)
    reference = sm.OLS(y, X).fit().get_robustcov_results(kind)
    assert_twin(result, reference.params, reference.bse, reference.llf, se_tol=1e-9)
    assert result.covariance_name == kind


@pytest.mark.parametrize(("correction", "use_correction"), [("full", True), ("none", False)])
def test_cluster_covariance_is_that_of_statsmodels(correction, use_correction):
    X, y = data("stackloss")
    groups = np.arange(21) % 6
    result = least_squares_result(
        least_squares_fit(tensor(X), tensor(y)), covariance="cluster", groups=groups, correction=correction
    )
    reference = (
        sm.OLS(y, X)
        .fit()
        .get_robustcov_results("cluster", groups=groups, use_correction=use_correction, df_correction=True)
    )
    assert_twin(result, reference.params, reference.bse, se_tol=1e-9)
    np.testing.assert_allclose(np.asarray(result.pvalues), reference.pvalues, rtol=1e-7)  # t with groups - 1
    assert result.df == 5


def test_frequencies_are_repeated_rows_and_variance_weights_are_not():
    X, y = data("stackloss")
    times = np.arange(21) % 3 + 1
    repeated = sm.OLS(np.repeat(y, times), np.repeat(X, times, axis=0)).fit()
    frequency = least_squares_result(least_squares_fit(tensor(X), tensor(y), weight=tensor(times)))
    assert_twin(frequency, repeated.params, repeated.bse, repeated.llf, se_tol=1e-9)
    weighted = sm.WLS(y, X, weights=times).fit()
    variance = least_squares_result(least_squares_fit(tensor(X), tensor(y), var_weight=tensor(times)))
    assert_twin(variance, weighted.params, weighted.bse, weighted.llf, se_tol=1e-9)
    assert variance.rsquared == pytest.approx(weighted.rsquared)
    assert not np.allclose(np.asarray(frequency.bse), np.asarray(variance.bse), rtol=0.1)


def test_all_robust_covariances_of_frequencies_are_those_of_repeated_rows():
    X, y = data("stackloss")
    times = np.arange(21) % 3 + 1
    fit = least_squares_fit(tensor(X), tensor(y), weight=tensor(times), var_weight=tensor(1.0 + y))
    again = least_squares_fit(
        tensor(np.repeat(X, times, axis=0)),
        tensor(np.repeat(y, times)),
        var_weight=tensor(np.repeat(1.0 + y, times)),
    )
    groups = np.arange(21) % 5
    for kind in ("nonrobust", "HC0", "HC1", "HC2", "HC3", "cluster"):
        one = least_squares_result(fit, covariance=kind, groups=groups)
        two = least_squares_result(again, covariance=kind, groups=np.repeat(groups, times))
        np.testing.assert_allclose(one.covariance, two.covariance, rtol=1e-9)
        assert one.llf == pytest.approx(two.llf)


def test_offset_is_subtracted():
    X, y = data("stackloss")
    shift = X[:, 1] * 0.5
    with_offset = least_squares_fit(tensor(X), tensor(y), offset=tensor(shift)).coefficients[0]
    plain = least_squares_fit(tensor(X), tensor(y)).coefficients[0]
    np.testing.assert_allclose(plain - with_offset, [0, 0.5, 0, 0], atol=1e-10)


def test_members_equal_solo_fits():
    X, y = data("stackloss")
    weight = torch.from_numpy(np.random.default_rng(0).multinomial(21, np.full(21, 1 / 21), 5).astype(float))
    together = least_squares_fit(tensor(X), tensor(y), weight=weight)
    for k in range(5):
        alone = least_squares_fit(tensor(X), tensor(y), weight=weight[k])
        np.testing.assert_allclose(together.coefficients[k], alone.coefficients[0], rtol=1e-9)
        ours, theirs = least_squares_result(together, k), least_squares_result(alone)
        np.testing.assert_allclose(ours.covariance, theirs.covariance, rtol=1e-8)


def test_variance_weights_must_be_positive():
    with pytest.raises(ValueError, match="var_weight has entries that are not positive"):
        least_squares_fit(torch.ones(2, 1), torch.ones(2), var_weight=torch.tensor([1.0, 0.0]))


def test_a_saturated_fit_has_no_standard_errors():
    X = torch.tensor([[1.0, 0.0], [1.0, 1.0]], dtype=torch.float64)
    result = least_squares_result(least_squares_fit(X, torch.tensor([1.0, 3.0])))
    np.testing.assert_allclose(result.estimate, [1.0, 2.0])
    with pytest.raises(AttributeError, match="as many columns as rows"):
        result.bse
    exact = least_squares_result(least_squares_fit(X.repeat(3, 1), torch.tensor([1.0, 3.0]).repeat(3)))
    assert exact.scale < 1e-25
    zero = least_squares_result(least_squares_fit(X.repeat(3, 1), torch.zeros(6)))
    with pytest.raises(AttributeError, match="All residuals are zero"):
        zero.llf
