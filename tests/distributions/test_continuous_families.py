"""What holds for every continuous family, against SciPy and against quadrature."""

import numpy as np
import pytest
import torch
from continuous_families import (
    CASES,
    LINEAR,
    SCORED,
    TAILED,
    check_crps,
    check_density,
    check_moments,
    check_quantiles,
    check_sample,
    named,
    panels,
    row,
    tensor,
)
from torch.fx.experimental.proxy_tensor import make_fx

from deepstat.distributions.exponential import Exponential
from deepstat.distributions.gamma import Gamma
from deepstat.distributions.laplace import Laplace
from deepstat.distributions.normal import Normal
from deepstat.distributions.student_t import StudentT
from deepstat.distributions.weibull import Weibull


def by_name(distribution):
    return next(case for case in CASES if case.name == distribution.__name__)


@pytest.mark.parametrize(**named(CASES))
def test_density_is_scipys_and_has_mass_one(case):
    check_density(case)


@pytest.mark.parametrize(**named(LINEAR))
def test_cdf_and_quantiles_are_scipys_and_the_densitys_integral(case):
    check_quantiles(case)


@pytest.mark.parametrize(**named(LINEAR))
def test_moments_are_scipys_and_entropy_is_an_integral(case):
    check_moments(case)


@pytest.mark.parametrize(**named(SCORED))
def test_crps_is_the_integral_of_the_squared_difference(case):
    check_crps(case)


@pytest.mark.parametrize(**named(SCORED))
def test_crps_of_an_impossible_value_adds_its_distance(case):
    for i in range(case.n):
        frozen, one = case.frozen(i), row(case.at(), i)
        low, high = frozen.support()
        for end, y in ((low, low - 1.5), (high, high + 1.5)):
            if np.isfinite(end):
                difference = one.crps(tensor(y)) - one.crps(tensor(end))
                np.testing.assert_allclose(difference, 1.5, rtol=1e-7)


@pytest.mark.parametrize(**named(LINEAR))
def test_draws_follow_the_cdf(case):
    check_sample(case)


@pytest.mark.parametrize(**named(LINEAR))
def test_cdf_is_zero_below_the_support_and_one_above(case):
    low, high = case.frozen().support()
    given = case.at()
    if np.isfinite(low).all():
        assert (given.cdf(tensor(low - 1.0)) == 0.0).all()
    if np.isfinite(high).any():
        above = np.where(np.isfinite(high), high + 1.0, 0.0)
        assert (given.cdf(tensor(above))[np.isfinite(high)] == 1.0).all()


@pytest.mark.parametrize(**named(LINEAR))
def test_quantiles_of_zero_and_one_are_the_ends_of_the_support(case):
    given = case.at()
    for end, q in zip(case.frozen().support(), (0.0, 1.0), strict=True):
        np.testing.assert_allclose(given.icdf(torch.tensor(q, dtype=torch.float64)), end, rtol=1e-12)


@pytest.mark.parametrize(**named(TAILED))
def test_log_tails_are_scipys(case):
    given, y = case.at(), case.places()
    np.testing.assert_allclose(given.log_cdf(tensor(y)), case.frozen().logcdf(y), rtol=1e-8, atol=1e-12)
    np.testing.assert_allclose(given.log_survival(tensor(y)), case.frozen().logsf(y), rtol=1e-8, atol=1e-12)


@pytest.mark.parametrize(**named(CASES))
def test_gradients_are_scipys_finite_differences(case):
    y, step = case.frozen().ppf(np.array([[0.001], [0.4], [0.9], [0.9999]])), 2e-6
    methods = {"log_prob": "logpdf"}
    if case in TAILED:
        methods |= {"log_cdf": "logcdf", "log_survival": "logsf"}
    arrays = case.arrays()
    for ours, theirs in methods.items():
        for name in arrays:
            if case.distribution is StudentT and name == "df":
                step = 2e-5  # SciPy's lgamma loses digits at 1e4
            moved = tensor(arrays[name]).requires_grad_()
            gradient = torch.autograd.grad(getattr(case.at(**{name: moved}), ours)(tensor(y)).sum(), moved)[0]
            width = step * np.maximum(np.abs(arrays[name]), 1e-3)
            up, down = (
                getattr(case.reference(**{**arrays, name: arrays[name] + sign * width}), theirs)(y)
                for sign in (1, -1)
            )
            expected = (up - down) / (2 * width)
            scale = np.abs(expected).sum(axis=0) * 1e-6 + 1e-9 / width * 1e-3
            difference = np.abs(gradient.numpy() - expected.sum(axis=0))
            assert (difference <= scale + 1e-7).all(), (ours, name, difference, scale)


@pytest.mark.parametrize(**named(CASES))
def test_training_functions_batch_and_trace(case):
    methods = ["log_prob"] + ["log_cdf", "log_survival"] * (case in TAILED)
    y = tensor(case.frozen().ppf(0.3))
    one = {name: tensor(each) for name, each in case.arrays().items()}
    members = {name: torch.stack([each, 1.1 * each]) for name, each in one.items()}
    if case.name == "Beta":
        members["mean"] = torch.stack([one["mean"], 0.9 * one["mean"]])

    def objective(parameters):
        given = case.distribution(**parameters, validate_args=False)
        return sum(getattr(given, method)(y).sum() for method in methods)

    batched = torch.func.vmap(torch.func.grad_and_value(objective))
    gradients, values = make_fx(batched)(members)(members)
    for k in range(2):
        alone = {name: each[k].clone().requires_grad_() for name, each in members.items()}
        value = objective(alone)
        expected = torch.autograd.grad(value, list(alone.values()))
        torch.testing.assert_close(values[k], value.detach())
        for name, each in zip(alone, expected, strict=True):
            torch.testing.assert_close(gradients[name][k], each)


@pytest.mark.parametrize(**named(CASES))
def test_second_derivatives_are_finite(case):
    methods = ["log_prob"] + ["log_cdf", "log_survival"] * (case in TAILED)
    y = tensor(case.frozen().ppf(0.7))

    def objective(parameters):
        given = case.distribution(**parameters, validate_args=False)
        return sum(getattr(given, method)(y).sum() for method in methods)

    hessian = torch.func.jacrev(torch.func.jacrev(objective))(
        {name: tensor(each) for name, each in case.arrays().items()}
    )
    for one in hessian.values():
        for block in one.values():
            assert block.isfinite().all()


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize(**named(CASES))
def test_values_and_gradients_are_finite_at_extremes(case, dtype):
    methods = ["log_prob"] + ["log_cdf", "log_survival"] * (case in TAILED)
    grid = torch.meshgrid(
        *[torch.tensor(each, dtype=dtype) for each in [*case.extremes.values(), case.values]], indexing="ij"
    )
    *parameters, y = (each.flatten() for each in grid)
    for method in methods:
        given = [each.clone().requires_grad_() for each in parameters]
        value = getattr(case.distribution(*given, validate_args=False), method)(y)
        assert value.dtype == dtype
        assert value.isfinite().all()
        for gradient in torch.autograd.grad(value.sum(), given):
            assert gradient.isfinite().all(), method


@pytest.mark.parametrize(**named(CASES))
def test_float32_agrees_with_float64(case):
    y = case.frozen().ppf(np.array([[0.01], [0.5], [0.99]]))
    low = case.at(torch.float32)
    # The same rounded numbers in both precisions: what differs is the arithmetic alone.
    high = case.distribution(
        **{name: getattr(low, name).double() for name in case.parameters}, validate_args=False
    )
    rounded = tensor(y).float()
    for method in ["log_prob", "cdf"] + ["log_cdf", "log_survival"] * (case in TAILED):
        got, expected = getattr(low, method)(rounded), getattr(high, method)(rounded.double())
        assert got.dtype == torch.float32
        torch.testing.assert_close(got.double(), expected, rtol=2e-4, atol=2e-4)


@pytest.mark.parametrize(**named(CASES))
def test_only_values_in_the_support_are_taken_when_validating(case):
    checked = case.distribution(
        **{name: tensor(each) for name, each in case.arrays().items()}, validate_args=True
    )
    checked.log_prob(tensor(case.frozen().ppf(0.4)))
    with pytest.raises(ValueError, match="support"):
        checked.log_prob(tensor(np.full(case.n, np.nan)))
    if np.isfinite(case.frozen(0).support()[0]) and case in LINEAR:
        with pytest.raises(ValueError, match="support"):
            checked.log_prob(tensor(np.full(case.n, -1.0)))


def test_normal_and_laplace_quantiles_are_exact_far_out():
    standard = {"loc": torch.zeros(1).double(), "scale": torch.ones(1).double()}
    for family, expected in ((Normal, -37.0471), (Laplace, -690.0824)):
        np.testing.assert_allclose(family(**standard).icdf(tensor([1e-300])), [expected], rtol=1e-5)


def test_mean_and_variance_say_where_they_do_not_exist():
    t = StudentT(tensor([0.9, 1.5, 3.0]), tensor([0.0] * 3), tensor([1.0] * 3))
    np.testing.assert_array_equal(t.mean, [np.nan, 0.0, 0.0])
    np.testing.assert_array_equal(t.variance, [np.nan, np.inf, 3.0])


def test_student_t_score_is_smooth_through_one_and_infinite_at_a_half():
    zero, one = tensor([0.0]), tensor([1.0])
    scores = [
        StudentT(tensor([df]), zero, one).crps(tensor([0.7])).item() for df in (1 - 2e-4, 1.0, 1 + 2e-4)
    ]
    assert abs(scores[1] - 0.5 * (scores[0] + scores[2])) < 1e-6
    assert StudentT(tensor([0.5]), zero, one).crps(zero).item() == np.inf


class WrongNormalizer(Laplace):
    def log_prob(self, value):
        return super().log_prob(value) + 1e-7


class WrongCdf(Gamma):
    def cdf(self, value):
        return super().cdf(1.0000001 * value)


class WrongVariance(StudentT):
    @property
    def variance(self):
        return self.scale.square()


class WrongEntropy(Weibull):
    def entropy(self):
        return super().entropy() + 0.5772 - 0.5771


class WrongScore(Laplace):
    def crps(self, value):
        return super().crps(value) + 1e-4 * self.scale


class WrongDraws(Exponential):
    def sample(self, sample_shape=()):
        return 1.1 * super().sample(sample_shape)


@pytest.mark.parametrize(
    ("check", "fault"),
    [
        (check_density, WrongNormalizer),
        (check_quantiles, WrongCdf),
        (check_moments, WrongVariance),
        (check_moments, WrongEntropy),
        (check_crps, WrongScore),
        (check_sample, WrongDraws),
    ],
)
def test_checks_catch_a_planted_fault(check, fault):
    sound = by_name(fault.__base__)
    check(sound)
    with pytest.raises(AssertionError):
        check(sound.instead(fault))


def test_panels_integrate_a_known_function():
    frozen = by_name(Exponential).frozen(0)
    nodes, weights = panels(frozen)
    np.testing.assert_allclose(weights @ (nodes**2 * np.exp(-nodes)), 2.0, rtol=1e-10)
