"""The best constant parameters, against scipy's own fits and closed forms."""

import numpy as np
import pytest
import torch
from scipy import optimize, stats

from deepstat.distributions.marginal_fit import ROWS, marginal_fit
from deepstat.estimators.families import family_for, resolve_distribution

rng = np.random.default_rng(0)
N = 800


def fitted(name, y, params=None, weight=None, levels=0, **options):
    y = torch.as_tensor(np.asarray(y, dtype=float)).reshape(len(y), -1)
    family = family_for(resolve_distribution(name, params), y.shape[1], levels)
    weight = None if weight is None else torch.as_tensor(weight, dtype=torch.float64)
    raw = torch.from_numpy(marginal_fit(family, y, weight, options))
    value = y[:, 0] if family.columns == 1 else y
    log_prob = family.build(raw.expand(len(y), -1), **options).log_prob(value)
    values = family.values(raw.expand(1, -1))
    return {key: each[0].numpy() for key, each in values.items()}, float(log_prob.mean())


def maximum(log_density, y, start):
    """The same maximum by another method, from a frozen scipy distribution."""
    found = optimize.minimize(
        lambda p: -log_density(y, p).mean(),
        start,
        method="Nelder-Mead",
        options={"xatol": 1e-9, "fatol": 1e-12},
    )
    return -found.fun


gamma = rng.gamma(2.5, 1.7, N)
CONTINUOUS = {
    "normal": (gamma, stats.norm, {}),
    "laplace": (gamma, stats.laplace, {}),
    "student_t": (rng.standard_t(3, N), stats.t, {}),
    "lognormal": (gamma, stats.lognorm, {"floc": 0}),
    "exponential": (gamma, stats.expon, {"floc": 0}),
    "gamma": (gamma, stats.gamma, {"floc": 0}),
    "weibull": (gamma, stats.weibull_min, {"floc": 0}),
    "inverse_gaussian": (gamma, stats.invgauss, {"floc": 0}),
    "beta": (rng.beta(2.0, 5.0, N), stats.beta, {"floc": 0, "fscale": 1}),
    "von_mises": (rng.vonmises(2.5, 3.0, N), stats.vonmises, {"fscale": 1}),
}


@pytest.mark.parametrize("name", CONTINUOUS)
def test_continuous_families_reach_scipys_maximum(name):
    y, reference, held = CONTINUOUS[name]
    _, found = fitted(name, y)
    assert found == pytest.approx(reference.logpdf(y, *reference.fit(y, **held)).mean(), abs=2e-6)


@pytest.mark.parametrize("size", [0.02, 1.0, 1e3, 1e6])
def test_counts_of_any_size_reach_the_maximum(size):
    y = rng.poisson(size, N)
    values, found = fitted("poisson", y)
    assert values["rate"] == pytest.approx(y.mean(), rel=1e-3)
    assert found == pytest.approx(stats.poisson.logpmf(y, y.mean()).mean(), abs=1e-5)
    y = rng.negative_binomial(2, 2 / (2 + size), N)

    def log_density(y, p):
        shape = np.exp(-p[1])
        return stats.nbinom.logpmf(y, shape, shape / (shape + np.exp(p[0])))

    _, found = fitted("negative_binomial", y)
    assert found == pytest.approx(maximum(log_density, y, [np.log(y.mean()), 0.0]), abs=2e-4)


@pytest.mark.parametrize("unit", [1e-6, 1e8])
def test_units_far_from_one_do_not_matter(unit):
    _, found = fitted("lognormal", gamma * unit)
    reference = stats.lognorm.logpdf(gamma * unit, *stats.lognorm.fit(gamma * unit, floc=0)).mean()
    assert found == pytest.approx(reference, abs=1e-5)


def test_binomial_and_ordinal_maxima_are_frequencies():
    y = np.column_stack([k := rng.binomial(9, 0.2, N), 9 - k])
    values, _ = fitted("binomial", y)
    assert 1 / (1 + np.exp(-values["logits"])) == pytest.approx(k.sum() / (9 * N), rel=1e-4)
    y = rng.choice(4, N, p=[0.1, 0.2, 0.3, 0.4])
    values, found = fitted("ordinal", y, levels=4)
    share = np.bincount(y) / N
    cumulative = 1 / (1 + np.exp(values["location"] - values["thresholds"]))
    np.testing.assert_allclose(cumulative, share.cumsum()[:-1], atol=1e-4)
    assert found == pytest.approx((share * np.log(share)).sum(), abs=1e-6)


def test_the_multivariate_normal_maximum_is_mean_and_covariance():
    y = rng.normal(size=(N, 3)) @ [[1.0, 0.5, 0.0], [0.0, 1.0, 0.3], [0.0, 0.0, 0.7]] + [1.0, 0.0, -1.0]
    values, _ = fitted("multivariate_normal", y)
    np.testing.assert_allclose(values["loc"], y.mean(0), atol=1e-3)
    scale = values["scale_tril"]
    np.testing.assert_allclose(scale @ scale.T, np.cov(y.T, ddof=0), atol=3e-3)


def test_tobit_reaches_the_maximum_of_its_likelihood():
    y = np.maximum(rng.normal(0.5, 2.0, N), 0.0)

    def log_density(y, p):
        latent = stats.norm(p[0], np.exp(p[1]))
        return np.where(y <= 0, latent.logcdf(0), latent.logpdf(y))

    _, found = fitted("censored", y, {"family": "normal", "low": 0.0})
    assert found == pytest.approx(maximum(log_density, y, [0.0, 0.0]), abs=1e-6)


def test_options_replace_those_of_the_family_in_wrapped_starts_too():
    y = np.abs(rng.normal(size=N))
    inner = {"family": "truncated", "family_params": {"family": "normal", "low": 95.0}}
    _, found = fitted("mixture", y, inner, low=0.0)
    assert found > stats.halfnorm.logpdf(y).mean() - 0.01


def test_well_separated_components_are_found():
    y = np.r_[rng.normal(-3, 1, N // 2), rng.normal(3, 0.2, N // 2)]
    values, _ = fitted("mixture", y, {"family": "normal"})
    order = values["loc"].argsort()
    np.testing.assert_allclose(values["loc"][order], [-3, 3], atol=0.15)
    np.testing.assert_allclose(values["scale"][order], [1.0, 0.2], rtol=0.1)


def test_weights_are_frequencies():
    weight = np.arange(N) % 3
    one, _ = fitted("gamma", gamma, weight=weight)
    two, _ = fitted("gamma", np.repeat(gamma, weight)[:ROWS])
    for name, value in one.items():
        assert value == pytest.approx(two[name], rel=1e-6)


def test_scales_start_well_above_their_floor_where_values_repeat():
    # A component that sits on one value would be at its floor for ever, for want of a gradient.
    values, _ = fitted("mixture", np.r_[np.zeros(100), rng.normal(size=100)], {"family": "normal"})
    assert values["scale"].min() == pytest.approx(2e-3, rel=1e-6)
    values, _ = fitted("normal", np.full(50, 7.0))
    assert values["scale"] == pytest.approx(2e-3, rel=1e-3)


def test_large_tables_are_looked_at_evenly():
    y = np.sort(rng.gamma(2.0, 1.0, 100 * ROWS))
    _, found = fitted("gamma", y)
    assert found == pytest.approx(stats.gamma.logpdf(y, *stats.gamma.fit(y[::100], floc=0)).mean(), abs=1e-4)


def test_a_start_without_a_likelihood_is_returned_as_it_is():
    family = family_for(resolve_distribution("truncated", {"family": "normal", "low": 0.0}), 1, 0)
    found = marginal_fit(family, torch.tensor([[-1.0], [1.0]], dtype=torch.float64))
    np.testing.assert_array_equal(found, [0.0, 0.0])
