"""Generalised linear models against statsmodels: expected information, Pearson scale, robust covariances, deviances."""

import numpy as np
import pytest
import statsmodels.api as sm
from classical_families import family
from classical_twins import assert_twin, data, quiet, tensor

from deepstat.classical.classes import class_family
from deepstat.classical.least_squares import least_squares_fit, least_squares_result
from deepstat.classical.likelihood_result import likelihood_result
from deepstat.classical.maximise_likelihood import maximise_likelihood
from deepstat.classical.with_link import with_link

LOG, PROBIT = sm.families.links.Log(), sm.families.links.Probit()
TIGHT = {"tol": 1e-14, "maxiter": 300, "tol_criterion": "params"}


def reference(X, y, kind, **fit):
    return quiet(lambda: sm.GLM(y, X, family=kind).fit(**TIGHT, **fit))


@pytest.fixture(scope="module")
def rain():
    """Amounts of variance 1.3 mean^1.5, many of them zero."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=300)
    mean = np.exp(0.5 + 0.4 * x)
    counts = rng.poisson(mean**0.5 / (1.3 * 0.5))
    return sm.add_constant(x), np.array(
        [rng.gamma(k, 0.65 * m**0.5) if k else 0.0 for k, m in zip(counts, mean, strict=True)]
    )


CASES = {
    "gamma, log": ("scotland", family("gamma"), sm.families.Gamma(LOG)),
    "gamma, inverse": ("scotland", with_link(family("gamma"), "inverse"), sm.families.Gamma),
    "inverse gaussian, log": ("scotland", family("inverse_gaussian"), sm.families.InverseGaussian(LOG)),
    "inverse gaussian, canonical": (
        "scotland",
        with_link(family("inverse_gaussian"), "inverse_squared"),
        sm.families.InverseGaussian(),
    ),
    "binomial": ("star98", family("binomial"), sm.families.Binomial()),
    "poisson": ("randhie", family("poisson"), sm.families.Poisson()),
    "logit": ("spector", class_family(2), sm.families.Binomial()),
    "probit": ("spector", class_family(2, "probit"), sm.families.Binomial(PROBIT)),
}


@pytest.mark.parametrize("case", CASES)
def test_estimates_expected_errors_and_likelihood_are_those_of_statsmodels(case):
    name, fam, kind = CASES[case]
    X, y = data(name)
    theirs = reference(X, y, quiet(kind) if isinstance(kind, type) else kind)
    ours = likelihood_result(maximise_likelihood(fam, [tensor(X)], tensor(y)), information="expected")
    assert_twin(ours, theirs.params, theirs.bse, theirs.llf, tol=1e-8, se_tol=1e-8, llf_tol=1e-9)
    assert ours.deviance == pytest.approx(theirs.deviance, rel=1e-9)
    assert ours.pearson_chi2 == pytest.approx(theirs.pearson_chi2, rel=1e-9)
    assert ours.scale == pytest.approx(theirs.scale, rel=1e-9)
    assert ours.aic == pytest.approx(theirs.aic, rel=1e-9)
    assert ours.bic == pytest.approx(theirs.bic_llf, rel=1e-9)
    np.testing.assert_allclose(np.asarray(ours.pvalues), theirs.pvalues, rtol=1e-5, atol=1e-12)


def test_tweedie_is_that_of_statsmodels(rain):
    X, y = rain
    theirs = reference(X, y, sm.families.Tweedie(LOG, var_power=1.5, eql=False))
    ours = likelihood_result(maximise_likelihood(family("tweedie", power=1.5), [tensor(X)], tensor(y)))
    assert_twin(ours, theirs.params, theirs.bse, theirs.llf, tol=1e-9, se_tol=1e-9)
    assert ours.deviance == pytest.approx(theirs.deviance)


@pytest.mark.parametrize(
    ("name", "pearson", "ml"), [("gamma", -83.110, -82.583), ("inverse_gaussian", -83.672, -83.198)]
)
def test_scale_by_likelihood_is_another_likelihood(name, pearson, ml):
    X, y = data("scotland")
    fit = maximise_likelihood(family(name), [tensor(X)], tensor(y))
    one, two = likelihood_result(fit), likelihood_result(fit, scale="ml")
    assert one.llf == pytest.approx(pearson, abs=5e-4)
    assert two.llf == pytest.approx(ml, abs=5e-4)
    assert two.names == (*one.names, "concentration")
    ratio = np.asarray(two.bse)[:-1] / np.asarray(one.bse)
    np.testing.assert_allclose(ratio, (two.scale / one.scale) ** 0.5, rtol=1e-7)
    with pytest.raises(ValueError, match="use scale='ml' for likelihood ratios"):
        one.lr_test(one)


def test_observed_information_is_that_of_statsmodels():
    X, y = data("scotland")
    model = sm.GLM(y, X, family=sm.families.Gamma(LOG))
    theirs = model.fit(**TIGHT)
    observed = np.linalg.inv(-model.hessian(theirs.params, scale=theirs.scale, observed=True))
    fit = maximise_likelihood(family("gamma"), [tensor(X)], tensor(y))
    ours = likelihood_result(fit, information="observed")
    assert_twin(ours, theirs.params, np.sqrt(np.diag(observed)), se_tol=1e-8)
    assert 1e-3 < np.max(np.abs(np.asarray(ours.bse) / np.asarray(likelihood_result(fit).bse) - 1)) < 0.02


def test_hc0_and_clusters_are_those_of_statsmodels_by_observed_information():
    X, y = data("scotland")
    groups = np.arange(len(y)) % 8
    fit = maximise_likelihood(family("gamma"), [tensor(X)], tensor(y))
    for kind, more in (("HC0", {}), ("cluster", {"groups": groups})):
        theirs = reference(X, y, sm.families.Gamma(LOG), cov_type=kind, cov_kwds=more)
        ours = likelihood_result(fit, covariance=kind, information="observed", **more)
        assert_twin(ours, theirs.params, theirs.bse, theirs.llf, se_tol=1e-8)


@pytest.mark.parametrize("case", ["gamma, log", "gamma, inverse", "binomial", "probit"])
def test_hc1_to_hc3_follow_the_hat_matrix_of_the_model(case):
    # By hand: working residuals e and weights W of the last iteration, h = diag(W^½ X (X'WX)⁻¹ X' W^½).
    name, fam, kind = CASES[case]
    X, y = data(name)
    theirs = reference(X, y, quiet(kind) if isinstance(kind, type) else kind)
    mean, link = theirs.mu, theirs.family.link
    trials = y.sum(1) if y.ndim == 2 else 1.0
    share = y[:, 0] / trials if y.ndim == 2 else y
    W = trials / (link.deriv(mean) ** 2 * theirs.family.variance(mean))
    bread = np.linalg.inv(X.T @ (W[:, None] * X))
    hat = W * np.einsum("ij,jk,ik->i", X, bread, X)
    working = (share - mean) * link.deriv(mean)
    n, p = X.shape
    assert hat.sum() == pytest.approx(p)
    fit = maximise_likelihood(fam, [tensor(X)], tensor(y))
    for kind_, factor in {"HC1": n / (n - p), "HC2": 1 / (1 - hat), "HC3": 1 / (1 - hat) ** 2}.items():
        meat = X.T @ ((factor * (W * working) ** 2)[:, None] * X)
        by_hand = np.sqrt(np.diag(bread @ meat @ bread))
        ours = likelihood_result(fit, covariance=kind_, information="expected")
        np.testing.assert_allclose(np.asarray(ours.bse), by_hand, rtol=1e-6)


def test_a_normal_likelihood_has_the_robust_errors_of_least_squares():
    X, y = data("stackloss")
    fit = maximise_likelihood(family("normal"), [tensor(X)], tensor(y))
    squares = least_squares_fit(tensor(X), tensor(y))
    for kind in ("nonrobust", "HC0", "HC1", "HC2", "HC3"):
        expected = np.asarray(least_squares_result(squares, covariance=kind).bse)
        np.testing.assert_allclose(
            np.asarray(likelihood_result(fit, covariance=kind).bse), expected, rtol=1e-8
        )
    ml = likelihood_result(fit, scale="ml")
    assert ml.llf == pytest.approx(least_squares_result(squares).llf)


def test_frequencies_are_repeated_rows():
    X, y = data("scotland")
    times = np.arange(len(y)) % 3
    fit = maximise_likelihood(family("gamma"), [tensor(X)], tensor(y), weight=tensor(times))
    again = maximise_likelihood(
        family("gamma"), [tensor(np.repeat(X, times, axis=0))], tensor(np.repeat(y, times))
    )
    for kind in ("nonrobust", "HC0", "HC1", "HC3"):
        one, two = likelihood_result(fit, covariance=kind), likelihood_result(again, covariance=kind)
        assert_twin(one, two.estimate, two.bse, two.llf, tol=1e-7, se_tol=1e-7)
        assert (one.n_obs, one.df_resid) == (two.n_obs, two.df_resid)


def test_a_pearson_scale_of_counts_is_a_quasi_likelihood():
    X, y = data("randhie")
    X, y = X[:2000], y[:2000]
    theirs = reference(X, y, sm.families.Poisson(), scale="X2")
    ours = likelihood_result(maximise_likelihood(family("poisson"), [tensor(X)], tensor(y)), scale="pearson")
    assert_twin(ours, theirs.params, theirs.bse, se_tol=1e-8)
    assert not hasattr(ours, "llf")
    with pytest.raises(AttributeError, match="quasi-likelihood"):
        ours.aic


def test_offset_is_log_exposure():
    X, y = data("randhie")
    X, y = X[:2000], y[:2000]
    exposure = np.random.default_rng(0).uniform(0.5, 2.0, len(y))
    theirs = quiet(lambda: sm.GLM(y, X, family=sm.families.Poisson(), exposure=exposure).fit(**TIGHT))
    fit = maximise_likelihood(family("poisson"), [tensor(X)], tensor(y), offset=tensor(np.log(exposure)))
    assert_twin(likelihood_result(fit), theirs.params, theirs.bse, theirs.llf)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"information": "fisher"}, "choose 'expected' or 'observed'"),
        ({"scale": "huber"}, "choose 'pearson', 'ml' or a number"),
        ({"scale": "ml"}, "no dispersion to estimate"),
        ({"covariance": "HC4"}, "choose 'nonrobust' or one of HC0"),
        ({"covariance": "cluster"}, "needs groups"),
    ],
)
def test_unknown_options_are_refused_in_one_sentence(options, message):
    X, y = data("spector")
    fit = maximise_likelihood(class_family(2), [tensor(X)], tensor(y))
    with pytest.raises(ValueError, match=message):
        likelihood_result(fit, **options)


def test_a_link_that_the_record_does_not_list_is_refused():
    with pytest.raises(ValueError, match=r"link='inverse' is not one of 'poisson': choose one of exp\."):
        with_link(family("poisson"), "inverse")
