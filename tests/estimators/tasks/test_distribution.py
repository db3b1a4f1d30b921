"""The task of distributions: starts, limits, constants, beta-NLL, families from elsewhere, and what is refused."""

import numpy as np
import pytest
import torch
from distribution_cases import ROWS, cases, covariates
from scipy import stats
from sklearn.base import clone
from torch.distributions import Gumbel

import deepstat
from deepstat import DeepDistributionRegressor, hookimpl
from deepstat.errors import UnknownName
from deepstat.estimators.plan import plan_fit
from deepstat.records import Distribution, Parameter
from deepstat.registry import Registry
from deepstat.training.gradients import can_batch

CASES = cases()
X = covariates()
Y = CASES["normal"].y
SMALL = {"architecture_params": {"hidden_layer_sizes": (8,)}, "max_epochs": 15, "random_state": 0}
ENDS = np.column_stack([Y, Y + 1])


def fit(distribution="normal", y=Y, params=None, **settings):
    model = DeepDistributionRegressor(
        distribution=distribution, distribution_params=params, **{**SMALL, **settings}
    )
    return model.fit(X, y)


# -- the start --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("architecture", "params"), [("linear", None), ("mlp", None), ("mlp", {"skip": True}), ("resnet", None)]
)
def test_every_row_starts_at_the_marginal_fit_in_every_architecture(architecture, params):
    model = DeepDistributionRegressor(architecture=architecture, architecture_params=params, random_state=0)
    plan = plan_fit(model, X, Y, None).plans[0]
    plan.network.eval()
    raw = plan.network(plan.table.x).detach()
    torch.testing.assert_close(raw, plan.raw_start.expand(ROWS, -1), rtol=0, atol=1e-12)
    rows = plan.rows
    standardised = (Y - Y[rows].mean()) / Y[rows].std()
    expected = [standardised[rows].mean(), np.log(standardised[rows].std() - 1e-3)]  # the floor is added
    np.testing.assert_allclose(raw[0], expected, atol=1e-5)


def test_members_start_at_one_point_and_yet_differ():
    model = fit(n_members=2, early_stopping=False)
    one, other = model.members_
    assert not torch.allclose(one.flat, other.flat)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_values_at_a_limit_are_at_the_limit_in_every_precision(dtype):
    # 0.1 standardised is no round number: rounded to float32 it must not fall on the other side of the limit.
    y = np.maximum(Y, 0.1)
    for name in ("censored", "truncated"):
        params = {"family": "normal", "low": 0.1}
        model = DeepDistributionRegressor(
            distribution=name, distribution_params=params, **{**SMALL, "max_epochs": 3}
        )
        assert np.isfinite(model.fit(X.astype(dtype), y).score(X.astype(dtype), y))
    plan = plan_fit(model.set_params(distribution="censored"), X.astype(dtype), y, None).plans[0]
    low = torch.tensor(plan.objective.options["low"], dtype=plan.table.y.dtype)
    assert int((plan.table.y <= low).sum()) == int((y == 0.1).sum())


def test_limits_of_inner_families_are_on_the_axis_of_the_standardised_target_from_the_start():
    y = 100 + 10 * CASES["truncated(normal)"].y
    limits = {"family": "normal", "low": 95.0}
    still = {"max_epochs": 1, "learning_rate": 1e-300, "early_stopping": False}
    alone = fit("truncated", y, limits, **still).score(X, y)
    mixed = fit("mixture", y, {"family": "truncated", "family_params": limits}, **still)
    assert mixed.score(X, y) > alone - 1e-6
    assert mixed.predict_distribution(X).cdf(95.0).max() < 1e-300


# -- ends of intervals ------------------------------------------------------------------------------------------------


def test_heaped_data_recover_the_scatter_that_rounding_hides():
    rng = np.random.default_rng(3)
    x = rng.uniform(-1, 1, size=(1500, 1))
    y = 2 * x[:, 0] + 0.5 * rng.normal(size=len(x))
    low = np.floor(y / 1.5) * 1.5
    settings = {
        "architecture": "linear",
        "max_epochs": 60,
        "batch_size": 128,
        "random_state": 0,
        "learning_rate": 0.03,
    }
    model = DeepDistributionRegressor(
        distribution="censored", distribution_params={"family": "normal"}, constant=["scale"], **settings
    )
    found = model.fit(x, np.column_stack([low, low + 1.5])).predict_distribution(x)
    assert found.parameters["scale"][0] == pytest.approx(0.5, abs=0.05)
    np.testing.assert_allclose(found.mean, 2 * x[:, 0], atol=0.12)
    middles = DeepDistributionRegressor(constant=["scale"], **settings).fit(x, low + 0.75)
    assert middles.predict_distribution(x).parameters["scale"][0] > 0.6


def test_ends_may_be_infinite_on_either_side():
    ends = ENDS.copy()
    ends[:50, 0], ends[50:100, 1] = -np.inf, np.inf
    ends[100:150] = Y[100:150, None]
    model = fit("censored", ends, {"family": "student_t"})
    assert np.isfinite(model.score(X, ends))
    counts = np.column_stack([CASES["poisson"].y, CASES["poisson"].y + 2.0])
    counts[:50, 1] = np.inf
    predicted = fit("censored", counts, {"family": "poisson"}).predict_distribution(X)
    rate = predicted.parameters["rate"]
    upper = np.where(np.isinf(counts[:, 1]), 1.0, stats.poisson.cdf(counts[:, 1], rate))
    np.testing.assert_allclose(
        predicted.log_prob(counts), np.log(upper - stats.poisson.cdf(counts[:, 0] - 1, rate)), rtol=1e-6
    )


# -- constants --------------------------------------------------------------------------------------------------------


def test_constants_are_one_number_and_the_others_are_not():
    y = CASES["negative_binomial"].y
    default = fit("negative_binomial", y).predict_distribution(X).parameters
    assert len(set(default["dispersion"])) == 1 < len(set(default["mean"]))
    none = fit("negative_binomial", y, constant=()).predict_distribution(X).parameters
    assert len(set(none["dispersion"])) == ROWS
    swapped = fit("gamma", CASES["gamma"].y, constant=["concentration"])
    assert len(set(swapped.predict_distribution(X).parameters["concentration"])) == 1
    assert swapped.n_outputs_ == 1


def test_a_constant_scale_and_a_line_are_least_squares():
    settings = {"architecture": "linear", "max_epochs": 400, "batch_size": ROWS, "early_stopping": False}
    model = fit(constant=["scale"], architecture_params=None, learning_rate=0.05, **settings)
    design = np.column_stack([np.ones(ROWS), X])
    coefficients, rss, *_ = np.linalg.lstsq(design, Y, rcond=None)
    np.testing.assert_allclose(model.predict(X), design @ coefficients, atol=1e-3)
    scale = model.predict_distribution(X).parameters["scale"]
    np.testing.assert_allclose(scale, np.sqrt(rss[0] / ROWS), rtol=1e-3)


@pytest.mark.parametrize(
    ("distribution", "constant", "message"),
    [
        ("normal", ["sale"], "constant='sale' is no parameter of 'normal': they are loc, scale"),
        ("normal", [1], "constant=1 is no parameter"),
        ("normal", ["loc", "scale"], "All parameters of 'normal' are constant"),
        ("normal", "scale", "'constant' parameter"),
        ("poisson", ["rate"], "All parameters of 'poisson' are constant"),
    ],
)
def test_constants_that_are_none_are_refused(distribution, constant, message):
    with pytest.raises(ValueError, match=message):
        fit(distribution, CASES[distribution].y, constant=constant)


# -- beta-NLL ---------------------------------------------------------------------------------------------------------


def test_beta_nll_is_another_loss_and_zero_is_the_likelihood():
    plain, zero, half = fit(), fit(nll_beta=0.0), fit(nll_beta=0.5)
    np.testing.assert_array_equal(plain.predict(X), zero.predict(X))
    assert np.abs(half.predict(X) - plain.predict(X)).max() > 1e-3
    predicted = half.predict_distribution(X)
    expected = stats.norm.logpdf(Y, predicted.mean, predicted.std).mean()
    assert half.score(X, Y) == pytest.approx(expected, abs=1e-10)  # the score is the likelihood all the same


@pytest.mark.parametrize(
    "name", ["gamma", "negative_binomial", "ordinal", "mixture(normal)", "hurdle(gamma)", "censored(normal)"]
)
def test_beta_nll_trains_populations_of_families_with_a_variance(name):
    case = CASES[name]
    model = DeepDistributionRegressor(**case.settings, **SMALL, nll_beta=0.5, n_members=2)
    assert can_batch(plan_fit(model, X, case.y, None).plans[0])
    assert np.isfinite(model.set_params(max_epochs=2).fit(X, case.y).score(X, case.y))


@pytest.mark.parametrize(
    ("name", "y"),
    [
        ("multivariate_normal", None),
        ("plackett_luce", None),
        ("binomial", None),
        ("truncated(normal)", None),
        ("student_t", np.random.default_rng(0).standard_cauchy(ROWS)),
        ("generalized_pareto", np.random.default_rng(0).pareto(1.0, ROWS)),
    ],
)
def test_beta_nll_is_refused_without_a_finite_variance(name, y):
    case = CASES[name]
    with pytest.raises(ValueError, match="nll_beta needs a finite variance"):
        DeepDistributionRegressor(**case.settings, nll_beta=0.5).fit(X, case.y if y is None else y)


# -- what is refused, before training ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("distribution", "y", "message"),
    [
        ("gamma", Y, r"such as .*, lie outside what this model allows \(y > 0\)"),
        ("exponential", Y, r"\(y >= 0\)"),
        ("beta", np.exp(Y), r"\(0 < y < 1\)"),
        ("poisson", np.exp(Y), r"\(whole numbers y >= 0\)"),
        ("ordinal", np.ones(ROWS), r"y has one level \(1\)"),
        ("dirichlet", np.exp(ENDS), "shares that sum to one"),
        ("plackett_luce", np.where(ENDS > 0, np.inf, 1.0), "the place of each item"),
        ("plackett_luce", -np.ones((ROWS, 3)), "the place of each item"),
        ("binomial", Y, r"y has 1 column\(s\), but distribution='binomial' describes 2"),
        ("normal", ENDS, r"y has 2 column\(s\), but distribution='normal' describes 1"),
        (
            "multivariate_normal",
            Y,
            "y has one column, but distribution='multivariate_normal' describes several",
        ),
        ("dirichlet", np.ones(ROWS), "y has one column"),
        ("plackett_luce", np.ones(ROWS), "y has one column"),
        ("normal", np.ones((ROWS, 2, 2)), "dim 3"),
        ("normal", None, "requires y to be passed"),
        ("normal", np.full(ROWS, np.nan), "NaN"),
        ("normal", np.full(ROWS, "a"), "y holds text"),
    ],
)
def test_targets_outside_the_domain_get_one_sentence(distribution, y, message):
    with pytest.raises(ValueError, match=message):
        fit(distribution, y)


@pytest.mark.parametrize(
    ("distribution", "params", "y", "message"),
    [
        ("censored", {"family": "normal"}, Y, r"y has 1 column\(s\).*describes 2"),
        ("censored", {"family": "normal"}, ENDS[:, ::-1], "two columns lower <= upper"),
        ("censored", {"family": "normal"}, ENDS * [1, np.nan], "two columns lower <= upper"),
        ("censored", {"family": "gamma"}, np.c_[Y, Y], "have no likelihood under distribution='censored"),
        ("censored", {"family": "poisson"}, np.exp(ENDS), "whole numbers"),
        (
            "truncated",
            {"family": "normal", "low": 0.0},
            Y,
            "have no likelihood under distribution='truncated",
        ),
        ("truncated", {"family": "normal"}, Y, "truncated needs a limit"),
        ("truncated", {"family": "normal", "low": "zero"}, Y, "the limit 'zero' is no finite number"),
        ("mixture", None, Y, "'mixture' needs the distribution that it changes"),
        ("mixture", {"family": "von_mises"}, Y, "mixture cannot wrap 'von_mises'"),
        ("mixture", {"family": "multivariate_normal"}, ENDS, "mixture cannot wrap 'multivariate_normal'"),
        ("mixture", {"family": "normal", "n_components": 1}, Y, "n_components=1 is not allowed"),
        ("zero_inflated", {"family": "gamma"}, Y, "zero_inflated cannot wrap 'gamma'"),
    ],
)
def test_wrappers_refuse_what_they_cannot_describe(distribution, params, y, message):
    with pytest.raises(ValueError, match=message):
        fit(distribution, y, params)


def test_a_single_row_beyond_a_limit_is_found_wherever_it_lies():
    y = CASES["truncated(normal)"].y
    for row in (0, 100, ROWS - 1):
        beyond = y.copy()
        beyond[row] = -0.75
        with pytest.raises(
            ValueError, match=r"1 or more of 240 rows, such as y = -0\.75, have no likelihood"
        ):
            fit("truncated", beyond, {"family": "normal", "low": -0.5})
        weight = np.ones(ROWS)
        weight[row] = 0.0  # a row that does not count may hold anything
        model = DeepDistributionRegressor(
            distribution="truncated", distribution_params={"family": "normal", "low": -0.5}, **SMALL
        )
        assert np.isfinite(model.fit(X, beyond, sample_weight=weight).score(X, y))


def test_levels_of_rows_that_do_not_count_are_none():
    y = CASES["ordinal"].y.copy()
    y[:3] = 77.0
    weight = np.r_[np.zeros(3), np.ones(ROWS - 3)]
    model = DeepDistributionRegressor(distribution="ordinal", **SMALL).fit(X, y, sample_weight=weight)
    assert model.target_.levels == (1.0, 3.0, 5.0)


def test_links_of_classical_solvers_are_not_for_networks():
    with pytest.raises(ValueError, match="link='inverse' of distribution='gamma' gives parameters outside"):
        fit("gamma", CASES["gamma"].y, {"link": "inverse"})


def test_unknown_names_are_told_with_a_suggestion():
    with pytest.raises(UnknownName, match="Did you mean 'gamma'"):
        fit("gama")
    with pytest.raises(UnknownName, match="Did you mean 'normal'"):
        fit("mixture", params={"family": "norml"})


# -- families from elsewhere ------------------------------------------------------------------------------------------

GUMBEL = Distribution(
    name="gumbel",
    target=Gumbel,
    parameters=(Parameter("loc", shifts=True, power=1.0), Parameter("scale", "exp", power=1.0, floor=1e-3)),
    rescale="affine",
)


def check_gumbel(model, y):
    predicted = model.predict_distribution(X)
    reference = stats.gumbel_r(predicted.parameters["loc"], predicted.parameters["scale"])
    np.testing.assert_allclose(predicted.log_prob(y), reference.logpdf(y), rtol=1e-9)
    np.testing.assert_allclose(predicted.mean, reference.mean(), rtol=1e-9)
    np.testing.assert_allclose(predicted.icdf(0.9), reference.ppf(0.9), rtol=1e-9)
    assert model.score(X, y) > stats.gumbel_r.logpdf(y, *stats.gumbel_r.fit(y)).mean()
    crps = predicted[:3].crps(y[:3])  # by quadrature: the class has none
    draws = reference.rvs(size=(20_000, ROWS), random_state=0)[:, :3]
    expected = np.abs(draws - y[:3]).mean(0) - np.abs(draws - draws[::-1]).mean(0) / 2
    np.testing.assert_allclose(crps, expected, rtol=0.05)


@pytest.mark.parametrize("distribution", [Gumbel, GUMBEL])
def test_a_class_of_torch_or_a_record_is_a_family(distribution):
    y = np.tanh(X[:, 0]) + 0.5 * np.random.default_rng(2).gumbel(size=ROWS)
    model = fit(distribution, y, n_members=1)
    check_gumbel(model, y)
    twin = clone(model).set_params(n_members=3)
    assert can_batch(plan_fit(twin, X, y, None).plans[0])
    if distribution is GUMBEL:
        moved = clone(model).fit(X, 1000 * y + 5)
        assert moved.score(X, 1000 * y + 5) == pytest.approx(model.score(X, y) - np.log(1000), abs=1e-6)


def test_a_registered_family_needs_no_code_in_the_estimator(monkeypatch, tmp_path):
    class Plugin:
        @hookimpl
        def deepstat_distributions(self):
            yield GUMBEL

    mine = Registry.from_plugins({"mine": Plugin()})
    for module in ("deepstat.registry", "deepstat.estimators.components", "deepstat.persistence"):
        monkeypatch.setattr(f"{module}.registry", lambda: mine)
    y = np.tanh(X[:, 0]) + 0.5 * np.random.default_rng(2).gumbel(size=ROWS)
    model = fit("gumbel", y)
    check_gumbel(model, y)
    deepstat.save(model, tmp_path / "model")
    np.testing.assert_array_equal(deepstat.load(tmp_path / "model").predict(X), model.predict(X))
    mixed = fit("mixture", y, {"family": "mine/gumbel"})
    assert mixed.predict_distribution(X).family.name == "mixture(gumbel)"


@pytest.mark.parametrize(
    ("target", "message"),
    [
        (torch.distributions.MixtureSameFamily, "neither parameters nor arg_constraints"),
        (torch.distributions.Uniform, "neither parameters nor arg_constraints"),
        (torch.distributions.Binomial, "asks for 'total_count' in .*, which no link gives"),
        (lambda loc: None, "neither parameters nor arg_constraints"),
    ],
)
def test_classes_whose_parameters_are_not_plain_need_a_record(target, message):
    with pytest.raises(TypeError, match=message):
        fit(target)


def test_a_class_that_gives_some_rows_no_likelihood_is_refused():
    with pytest.raises(ValueError, match="have no likelihood under distribution='pareto'"):
        fit(torch.distributions.Pareto)
