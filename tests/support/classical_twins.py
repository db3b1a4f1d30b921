"""Comparison of classical fits with reference fits, in the metric of standard errors."""

import warnings

import numpy as np
import statsmodels.api as sm
import torch


def tensor(values):
    return torch.tensor(np.asarray(values, dtype=np.float64))


def data(name):
    """Return X with a column of ones, and y, of one of statsmodels' own data sets."""
    loaded = getattr(sm.datasets, name).load()
    return sm.add_constant(np.asarray(loaded.exog, dtype=np.float64)), np.asarray(
        loaded.endog, dtype=np.float64
    )


def quiet(fit, *args, **kwargs):
    """Fit without the warnings of a reference that starts badly."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return fit(*args, **kwargs)


def assert_twin(result, params, bse, llf=None, *, tol=1e-5, se_tol=1e-4, llf_tol=1e-6):
    """Coefficients to `tol` standard errors, standard errors to `se_tol`, likelihoods to `llf_tol`."""
    params, bse = np.asarray(params), np.asarray(bse)
    assert result.converged
    assert np.max(np.abs(result.estimate - params) / bse) <= tol
    np.testing.assert_allclose(np.asarray(result.bse), bse, rtol=se_tol)
    if llf is not None:
        assert abs(result.llf - llf) <= llf_tol * max(1.0, abs(llf))
