"""Maximum likelihood of families that are no generalised linear models, and batches of fits."""

import warnings

import numpy as np
import pytest
import statsmodels.api as sm
import torch
from classical_families import family
from classical_twins import assert_twin, data, quiet, tensor
from scipy import optimize, stats
from statsmodels.miscmodels.ordinal_model import OrderedModel
from statsmodels.othermod.betareg import BetaModel
from statsmodels.tools.numdiff import approx_fprime, approx_hess3

from deepstat.classical.classes import class_family
from deepstat.classical.likelihood_result import likelihood_result
from deepstat.classical.maximise_likelihood import maximise_likelihood
from deepstat.distributions.zero_inflated import zero_inflated

TIGHT = {"method": "newton", "tol": 1e-14, "maxiter": 100, "disp": 0}
CLASSES = {
    "logit": ("spector", class_family(2), sm.Logit),
    "probit": ("spector", class_family(2, "probit"), sm.Probit),
    "multinomial logit": ("anes96", class_family(7), sm.MNLogit),
}


@pytest.fixture(scope="module")
def visits():
    X, y = data("randhie")
    return X[:4000], y[:4000]


@pytest.mark.parametrize("case", CLASSES)
def test_classes_are_those_of_statsmodels_and_the_score_is_no_larger(case):
    name, fam, model = CLASSES[case]
    X, y = data(name)
    theirs = model(y, X).fit(**TIGHT)
    fit = maximise_likelihood(fam, [tensor(X)] * fam.n_row, tensor(y))
    ours = likelihood_result(fit)
    params, bse = np.asarray(theirs.params).T.ravel(), np.asarray(theirs.bse).T.ravel()
    assert_twin(ours, params, bse, theirs.llf, tol=1e-9, se_tol=1e-8, llf_tol=1e-12)
    assert ours.aic == pytest.approx(theirs.aic)
    assert ours.bic == pytest.approx(theirs.bic)
    # Rounding of a sum of n rows, in the units of the data.
    floor = 1e-15 * float(np.abs(X).sum())
    assert ours.score_norm <= float(torch.linalg.vector_norm(fit.score(tensor(params)[None]))) + floor


def test_multinomial_coefficients_are_named_by_head_and_column():
    X, y = data("anes96")
    fam = class_family(7)
    heads = [f"party {j}" for j in range(1, 7)]
    fit = maximise_likelihood(fam, [tensor(X)] * 6, tensor(y), names=[list("abcdef")] * 6, heads=heads)
    assert likelihood_result(fit).names[5:8] == ("party 1: f", "party 2: a", "party 2: b")


def test_negative_binomial_reports_its_dispersion_with_the_delta_method(visits):
    X, y = visits
    start = quiet(lambda: sm.NegativeBinomial(y, X).fit(maxiter=1000, disp=0)).params
    theirs = sm.NegativeBinomial(y, X).fit(start_params=start, **TIGHT)
    ours = likelihood_result(maximise_likelihood(family("negative_binomial"), [tensor(X)], tensor(y)))
    assert ours.names[-1] == "dispersion"
    assert_twin(ours, theirs.params, theirs.bse, theirs.llf, tol=1e-7, se_tol=1e-6)


def test_zero_inflated_errors_are_the_derivative_of_the_score_which_those_of_statsmodels_are_not(visits):
    X, y = visits
    ones = np.ones((len(y), 1))
    model = sm.ZeroInflatedPoisson(y, X, exog_infl=ones)
    start = quiet(lambda: model.fit(method="bfgs", maxiter=1000, disp=0)).params
    theirs = quiet(lambda: model.fit(start_params=start, **TIGHT))
    inverse = np.linalg.inv(-approx_fprime(theirs.params, model.score, centered=True))
    bse = np.sqrt(np.diag(inverse))
    # The inflation's coefficient is their first, and our last.
    order = [*range(1, len(bse)), 0]
    fit = maximise_likelihood(zero_inflated(family("poisson")), [tensor(X), tensor(ones)], tensor(y))
    assert_twin(likelihood_result(fit), theirs.params[order], bse[order], theirs.llf, se_tol=1e-6)
    assert np.max(np.abs(theirs.bse / bse - 1)) > 1e-3


@pytest.mark.parametrize(("distr", "latent"), [("logit", "logistic"), ("probit", "normal")])
def test_ordinal_thresholds_are_reported_themselves(distr, latent):
    frame = sm.datasets.anes96.load_pandas().data
    X, y = frame[["logpopul", "selfLR", "age", "educ", "income"]].to_numpy(), frame.PID.to_numpy()
    model = OrderedModel(y, X, distr=distr)
    theirs = quiet(lambda: model.fit(method="bfgs", gtol=1e-9, maxiter=2000, disp=0))
    thresholds = model.transform_threshold_params(theirs.params)[1:-1]
    jacobian = np.eye(11)
    for i in range(5, 11):
        jacobian[i, 5] = 1.0
        jacobian[i, 6 : i + 1] = np.exp(theirs.params[6 : i + 1])
    bse = np.sqrt(np.diag(jacobian @ theirs.cov_params() @ jacobian.T))
    fam = family("ordinal", levels=7, latent=latent)
    ours = likelihood_result(maximise_likelihood(fam, [tensor(X)], tensor(y)))
    assert ours.names[5:7] == ("thresholds[0]", "thresholds[1]")
    assert_twin(ours, [*theirs.params[:5], *thresholds], bse, theirs.llf)


def test_beta_with_covariates_of_its_precision_is_that_of_statsmodels():
    rng = np.random.default_rng(0)
    X = sm.add_constant(rng.normal(size=200))
    mean, precision = 1 / (1 + np.exp(-(X @ [0.3, 0.8]))), np.exp(X @ [2.0, 0.3])
    y = rng.beta(mean * precision, (1 - mean) * precision)
    theirs = quiet(
        lambda: BetaModel(y, X, exog_precision=X).fit(method="bfgs", gtol=1e-10, maxiter=2000, disp=0)
    )
    ours = likelihood_result(maximise_likelihood(family("beta"), [tensor(X)] * 2, tensor(y)))
    assert ours.names == ("mean: x0", "mean: x1", "precision: x0", "precision: x1")
    assert_twin(ours, theirs.params, theirs.bse, theirs.llf)


def test_student_t_on_engel_is_the_maximum_found_by_brute_force():
    frame = sm.datasets.engel.load_pandas().data
    X, y = sm.add_constant(frame.income.to_numpy()), frame.foodexp.to_numpy()
    ours = likelihood_result(maximise_likelihood(family("student_t"), [tensor(X)], tensor(y)))

    def minus(p):
        return -stats.t(p[3], X @ p[:2], p[2]).logpdf(y).sum()

    assert ours.names == ("x0", "x1", "scale", "df")
    assert ours.llf == pytest.approx(-1404.33145, abs=1e-5)
    np.testing.assert_allclose(ours.estimate[2:], [68.769, 3.24984], rtol=1e-5)
    found = optimize.minimize(minus, ours.estimate * 1.01, method="Nelder-Mead", options={"maxiter": 4000})
    assert -found.fun <= ours.llf + 1e-7
    numeric = np.sqrt(np.diag(np.linalg.inv(approx_hess3(ours.estimate, minus))))
    np.testing.assert_allclose(np.asarray(ours.bse), numeric, rtol=1e-4)


def test_a_scale_with_covariates_is_the_maximum_found_by_brute_force():
    frame = sm.datasets.engel.load_pandas().data
    X = sm.add_constant(frame.income.to_numpy() / 1000)
    y = frame.foodexp.to_numpy()
    fam = family("normal").with_constant(())
    ours = likelihood_result(maximise_likelihood(fam, [tensor(X)] * 2, tensor(y), names=[("1", "x")] * 2))
    assert ours.names == ("loc: 1", "loc: x", "scale: 1", "scale: x")

    def minus(p):
        return -stats.norm(X @ p[:2], np.exp(X @ p[2:])).logpdf(y).sum()

    start = ours.estimate * [1.02, 0.99, 1.01, 1.01]
    found = optimize.minimize(minus, start, method="BFGS", options={"gtol": 1e-8})
    assert ours.llf == pytest.approx(-found.fun, abs=1e-6)
    assert ours.llf >= -found.fun - 1e-9
    numeric = np.sqrt(np.diag(np.linalg.inv(approx_hess3(ours.estimate, minus))))
    np.testing.assert_allclose(np.asarray(ours.bse), numeric, rtol=1e-4)


def test_bootstrap_members_equal_solo_fits(visits):
    X, y = visits[0][:400], visits[1][:400]
    weight = tensor(np.random.default_rng(0).multinomial(400, np.full(400, 1 / 400), 6))
    fam = family("negative_binomial")
    together = maximise_likelihood(fam, [tensor(X)], tensor(y), weight=weight)
    assert together.coefficients.shape == (6, X.shape[1] + 1)
    for k in range(6):
        alone = likelihood_result(maximise_likelihood(fam, [tensor(X)], tensor(y), weight=weight[k]))
        assert_twin(
            likelihood_result(together, k), alone.estimate, alone.bse, alone.llf, tol=1e-8, se_tol=1e-8
        )


def test_each_member_may_have_its_own_response():
    X, y = data("spector")
    flipped = np.stack([y, 1 - y])
    fit = maximise_likelihood(class_family(2), [tensor(X)], tensor(flipped))
    np.testing.assert_allclose(fit.coefficients[0], -fit.coefficients[1], rtol=1e-9)


def test_robust_errors_of_several_heads_are_those_of_statsmodels():
    X, y = data("anes96")
    groups = np.arange(len(y)) % 40
    fam = class_family(7)
    fit = maximise_likelihood(fam, [tensor(X)] * 6, tensor(y))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = sm.MNLogit(y, X).fit(cov_type="HC0", **TIGHT)
    np.testing.assert_allclose(
        np.asarray(likelihood_result(fit, covariance="HC0").bse), np.asarray(theirs.bse).T.ravel(), rtol=1e-7
    )
    assert np.isfinite(np.asarray(likelihood_result(fit, covariance="cluster", groups=groups).bse)).all()
    with pytest.raises(ValueError, match="needs a hat matrix"):
        likelihood_result(fit, covariance="HC3")


def test_separated_classes_have_no_standard_errors():
    X = torch.stack([torch.ones(8), torch.arange(8.0)], 1)
    result = likelihood_result(maximise_likelihood(class_family(2), [X], (torch.arange(8) > 3).double()))
    assert not result.converged
    assert not hasattr(result, "llf")
    with pytest.raises(AttributeError, match="classes that a column separates"):
        result.bse


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"designs": 2}, r"2 design\(s\) were given, but 'bernoulli' has 1 raw number"),
        ({"y": torch.ones(3)}, "y has .3. rows, but the first design has 4"),
        ({"weight": torch.ones(2, 5)}, "weight has .5. rows"),
        ({"offset": torch.ones(1)}, "offset has .1. rows"),
    ],
)
def test_rows_that_do_not_agree_are_refused(change, message):
    given = {"designs": 1, "y": torch.tensor([0.0, 1.0, 1.0, 0.0])} | change
    with pytest.raises(ValueError, match=message):
        maximise_likelihood(class_family(2), [torch.ones(4, 1)] * given.pop("designs"), **given)


def test_impossible_classes_are_refused():
    with pytest.raises(ValueError, match="two or more"):
        class_family(1)
    with pytest.raises(ValueError, match="A probit has two classes"):
        class_family(3, "probit")
    with pytest.raises(ValueError, match="choose 'logit' or 'probit'"):
        class_family(2, "cloglog")
