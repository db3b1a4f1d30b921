import numpy as np
import pytest
import statsmodels.api as sm

from deepstat.inference.scores.mean_model import FAMILIES, LINKS, MeanModel, mean_model

links, families = sm.families.links, sm.families
THEIRS = {
    "identity": links.Identity(),
    "log": links.Log(),
    "logit": links.Logit(),
    "probit": links.Probit(),
    "cloglog": links.CLogLog(),
}
VARIANCES = {
    "normal": families.Gaussian,
    "binomial": families.Binomial,
    "poisson": families.Poisson,
    "gamma": families.Gamma,
    "inverse_gaussian": families.InverseGaussian,
}
PAIRS = [(family, link) for family, record in FAMILIES.items() for link in record.links]


@pytest.mark.parametrize("link", LINKS)
def test_links_are_those_of_statsmodels(link):
    eta = np.linspace(-2.5, 1.2, 23)
    model, theirs = MeanModel("normal", link), THEIRS[link]
    np.testing.assert_allclose(model.mean(eta), theirs.inverse(eta), rtol=1e-12)
    np.testing.assert_allclose(model.slope(eta), theirs.inverse_deriv(eta), rtol=1e-9)
    np.testing.assert_allclose(model.predictor(model.mean(eta)), eta, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(("family", "link"), PAIRS)
def test_steps_and_weights_are_those_of_reweighted_least_squares(family, link):
    mean = np.linspace(0.2, 0.8, 7)
    y = (
        np.array([0.0, 1.0, 0.0, 1.0, 1.0, 0.0, 1.0])
        if family == "binomial"
        else mean + np.linspace(-0.1, 0.3, 7)
    )
    eta, step, weight = mean_model(family, link).working(y, mean, np.ones(7))
    theirs = THEIRS[link]
    np.testing.assert_allclose(eta, theirs(mean), rtol=1e-10)
    np.testing.assert_allclose(step, (y - mean) * theirs.deriv(mean), rtol=1e-9)
    expected = 1 / (theirs.deriv(mean) ** 2 * VARIANCES[family]().variance(mean))
    np.testing.assert_allclose(weight, expected / expected.mean(), rtol=1e-9)


@pytest.mark.parametrize(("family", "link"), PAIRS)
def test_gains_are_finite_far_out(family, link):
    eta = np.array([-30.0, -8.0, 8.0, 3.0])
    assert np.isfinite(mean_model(family, link).gain(eta)).all()


@pytest.mark.parametrize("family", ["binomial", "poisson", "gamma"])
def test_absurd_means_give_bounded_steps(family):
    y = np.tile([0.0, 1.0], 500) if family != "gamma" else np.linspace(0.5, 2, 1000)
    mean = np.full(1000, y.mean())
    mean[:2] = 1e-300, 1.0 - 1e-16
    eta, step, weight = mean_model(family).working(y, mean, np.ones(1000))
    assert np.abs(eta).max() < 7
    assert np.isfinite(step).all()
    assert (weight > 0).all()


def test_other_parameters_than_means_are_refused():
    with pytest.raises(ValueError, match="quantiles, scales and other parameters"):
        mean_model("quantile")
    with pytest.raises(ValueError, match="no link 'identity' here; choose one of log"):
        mean_model("gamma", "identity")


@pytest.mark.parametrize(
    ("family", "y", "words"),
    [
        ("binomial", [0.0, 1.0, 2.0], "takes 0 and 1 as y, but 1 entries are not, such as 2"),
        ("gamma", [0.0, 1.0], "takes positive numbers"),
        ("poisson", [-1.0, 1.0], "takes numbers from 0"),
        ("normal", [1.0, 1.0], "y is 1 in all rows"),
    ],
)
def test_targets_outside_the_family_are_refused(family, y, words):
    with pytest.raises(ValueError, match=words):
        mean_model(family).check(np.array(y))
