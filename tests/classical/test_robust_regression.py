"""Robust regression against statsmodels, iterated to its fixed point."""

import numpy as np
import pytest
import statsmodels.api as sm
import torch
from classical_twins import assert_twin, data, tensor

from deepstat.classical.robust_regression import robust_fit, robust_result

NORMS = {"huber": sm.robust.norms.HuberT(), "tukey": sm.robust.norms.TukeyBiweight()}


@pytest.mark.parametrize("name", ["stackloss", "statecrime"])
@pytest.mark.parametrize("loss", NORMS)
@pytest.mark.parametrize("covariance", ["H1", "H2", "H3"])
def test_fixed_point_and_covariances_are_those_of_statsmodels(name, loss, covariance):
    X, y = data(name)
    theirs = sm.RLM(y, X, M=NORMS[loss]).fit(tol=1e-12, maxiter=5000, conv="coefs", cov=covariance)
    ours = robust_result(robust_fit(tensor(X), tensor(y), loss), covariance=covariance)
    assert_twin(ours, theirs.params, theirs.bse, tol=1e-8, se_tol=1e-8)
    assert ours.scale == pytest.approx(theirs.scale, rel=1e-9)
    np.testing.assert_allclose(np.asarray(ours.pvalues), theirs.pvalues, rtol=1e-6)


def test_another_constant_is_that_of_statsmodels():
    X, y = data("stackloss")
    theirs = sm.RLM(y, X, M=sm.robust.norms.HuberT(t=2.0)).fit(tol=1e-12, maxiter=5000, conv="coefs")
    ours = robust_result(robust_fit(tensor(X), tensor(y), constant=2.0))
    assert_twin(ours, theirs.params, theirs.bse)


def test_frequencies_are_repeated_rows():
    X, y = data("stackloss")
    times = np.arange(21) % 3 + 1
    one = robust_result(robust_fit(tensor(X), tensor(y), weight=tensor(times)), covariance="H2")
    again = robust_fit(tensor(np.repeat(X, times, axis=0)), tensor(np.repeat(y, times)))
    two = robust_result(again, covariance="H2")
    np.testing.assert_allclose(one.estimate, two.estimate, rtol=1e-9)
    np.testing.assert_allclose(one.covariance, two.covariance, rtol=1e-8)


def test_start_is_in_the_units_of_the_data():
    X, y = data("stackloss")
    first = robust_fit(tensor(X), tensor(y), "tukey")
    again = robust_fit(tensor(X), tensor(y), "tukey", start=first.coefficients[0])
    assert int(again.solution.n_iter[0]) < int(first.solution.n_iter[0])
    np.testing.assert_allclose(again.coefficients, first.coefficients, rtol=1e-8)


def test_a_zero_scale_has_no_standard_errors_and_nothing_has_a_likelihood():
    X = torch.stack([torch.ones(9), torch.arange(9.0)], 1)
    y = torch.arange(9.0) + torch.tensor([0.0] * 8 + [5.0])
    exact = robust_result(robust_fit(X, y, start=torch.tensor([0.0, 1.0])))
    with pytest.raises(AttributeError, match="half of the rows being fitted exactly"):
        exact.bse
    with pytest.raises(AttributeError, match="A robust regression has no likelihood"):
        exact.llf
    with pytest.raises(ValueError, match="choose 'H1', 'H2' or 'H3'"):
        robust_result(robust_fit(X, y), covariance="HC3")
