"""Wrappers as families: records, options, equality, what they refuse."""

import pickle
from dataclasses import replace

import pytest
import torch
from small_families import family, tensor

from deepstat.distributions.censored import censored
from deepstat.distributions.family import Family, family_of
from deepstat.distributions.hurdle import hurdle
from deepstat.distributions.mixture import mixture
from deepstat.distributions.truncated import truncated
from deepstat.distributions.zero_inflated import zero_inflated
from deepstat.records import Distribution, Parameter

CASES = {
    "mixture(normal)": lambda: mixture(family("normal"), n_components=3),
    "mixture(von_mises)": None,
    "mixture(gamma)": lambda: mixture(family("gamma")),
    "mixture(student_t)": lambda: mixture(family("student_t")),
    "zero_inflated(poisson)": lambda: zero_inflated(family("poisson")),
    "zero_inflated(negative_binomial)": lambda: zero_inflated(family("negative_binomial")),
    "hurdle(poisson)": lambda: hurdle(family("poisson")),
    "hurdle(gamma)": lambda: hurdle(family("gamma")),
    "censored(normal)": lambda: censored(family("normal"), low=-0.2, high=0.7),
    "censored(gamma)": lambda: censored(family("gamma"), high=1.2),
    "censored(zero_inflated(poisson))": lambda: censored(zero_inflated(family("poisson")), high=2),
    "censored(hurdle(gamma))": lambda: censored(hurdle(family("gamma")), high=1.2),
    "truncated(normal)": lambda: truncated(family("normal"), low=-2.0),
    "truncated(poisson)": lambda: truncated(family("poisson"), low=0, high=3),
    "censored(truncated(normal))": lambda: censored(truncated(family("normal"), low=-2.0), high=0.5),
    "mixture(truncated(normal))": lambda: mixture(truncated(family("normal"), low=-2.0)),
    "zero_inflated(mixture(poisson))": lambda: zero_inflated(mixture(family("poisson"))),
}
CASES = {name: make for name, make in CASES.items() if make is not None}
COUNTS = tensor([0, 1, 3, 2, 0, 1])
POSITIVE = tensor([0.0, 0.3, 1.2, 2.0, 0.7, 0.1])


def target(each: Family):
    if "poisson" in each.name or "binomial" in each.name:
        return COUNTS
    if "hurdle" in each.name:
        return POSITIVE
    return POSITIVE + 0.1


def raw_of(each: Family, n=6, dtype=torch.float64):
    draws = torch.Generator().manual_seed(1)
    return 0.5 * torch.randn(n, each.n_row + each.n_constant, generator=draws, dtype=torch.float64).to(dtype)


@pytest.mark.parametrize("name", CASES)
def test_equal_settings_give_equal_families(name):
    one, other = CASES[name](), CASES[name]()
    assert one == other
    assert one.name == name
    assert hash(one.distribution) == hash(other.distribution)
    assert pickle.loads(pickle.dumps(one)) == one


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("name", CASES)
def test_log_prob_trains_in_populations_with_limits_as_tensors(name, dtype):
    each = CASES[name]()
    y, raw = target(each).to(dtype), raw_of(each, dtype=dtype)
    limits = {key: torch.tensor([value, value], dtype=dtype) for key, value in each.limits.items()}

    def loss(raw, limits):
        return -each.build(raw, **limits).log_prob(y).sum()

    members = torch.stack([raw, raw + 0.1])
    gradients, values = torch.func.vmap(torch.func.grad_and_value(loss))(members, limits)
    for member in range(2):
        given = members[member].clone().requires_grad_()
        alone = loss(given, {})
        (gradient,) = torch.autograd.grad(alone, given)
        assert gradient.isfinite().all()
        tolerance = {"rtol": 1e-4, "atol": 1e-4} if dtype == torch.float32 else {"rtol": 1e-9, "atol": 1e-11}
        torch.testing.assert_close(values[member], alone.detach(), **tolerance)
        torch.testing.assert_close(gradients[member], gradient, **tolerance)
        assert gradients.dtype == dtype


@pytest.mark.parametrize("name", CASES)
def test_log_prob_is_traced_without_looking_at_data(name):
    each = CASES[name]()
    y, raw = target(each), raw_of(each)
    graph = torch.fx.experimental.proxy_tensor.make_fx(lambda raw, y: each.build(raw).log_prob(y))(raw, y)
    other, moved = raw + 0.3, y.flip(0)
    torch.testing.assert_close(graph(other, moved), each.build(other).log_prob(moved))


@pytest.mark.parametrize("name", CASES)
def test_gradients_equal_finite_differences(name):
    each = CASES[name]()
    y, raw = target(each), raw_of(each)

    def loss(raw):
        return each.build(raw).log_prob(y).sum()

    given = raw.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(loss(given), given)
    for column in range(raw.shape[1]):
        step = torch.zeros_like(raw)
        step[:, column] = 1e-5
        numeric = (loss(raw + step) - loss(raw - step)) / 2e-5
        assert float(gradient[:, column].sum()) == pytest.approx(float(numeric), rel=1e-5, abs=1e-6)


def test_records_are_derived_from_the_inner_one():
    assert mixture(family("normal")).record.rescale == "affine"
    assert mixture(family("gamma")).record.domain == "positive"
    assert [(p.name, p.size, p.shifts) for p in mixture(family("normal")).parameters] == [
        ("loc", 2, True),
        ("scale", 2, False),
        ("weights", 2, False),
    ]
    assert mixture(family("normal")).parameters[1].floor == 1e-3
    assert mixture(family("student_t")).n_constant == 2
    assert zero_inflated(family("poisson")).record.domain == "count"
    assert hurdle(family("gamma")).record.domain == "nonnegative"
    assert hurdle(family("gamma")).record.rescale == "scale"
    assert censored(family("gamma"), high=3.0).record.domain == "positive"
    both = censored(family("gamma"))
    assert (both.record.domain, both.columns, both.record.columns) == ("interval", 2, 2)
    assert censored(family("normal"), low=1.0).record.limits == ("low",)
    assert not censored(family("normal"), low=1.0).record.wraps


def test_limits_of_two_wrappers_keep_apart():
    each = censored(truncated(family("normal"), low=-2.0), low=-1.0, high=3.0)
    assert dict(each.options) == {"low": -1.0, "high": 3.0, "inner_low": -2.0}
    assert each.limits == {"low": -1.0, "high": 3.0, "inner_low": -2.0}
    moved = each.build(torch.zeros(1, 2), low=-0.5, high=1.0, inner_low=-1.0)
    assert (moved.low, moved.high, moved.latent.low) == (-0.5, 1.0, -1.0)


def test_parameters_of_a_wrapper_can_be_made_constant():
    each = zero_inflated(family("poisson")).with_constant(("gate",))
    assert (each.n_row, each.n_constant) == (1, 1)
    raw = torch.tensor([[0.0, -1.0]])
    assert float(each.build(raw).gate) == -1.0


REFUSED = {
    "only counts": lambda: zero_inflated(family("normal")),
    "no angles": lambda: censored(family("von_mises"), low=0.0),
    "angles": lambda: mixture(family("von_mises")),
    "separates zeros": lambda: hurdle(family("normal")),
    "probability of zero already": lambda: hurdle(family("tweedie")),
    "needs a limit": lambda: truncated(family("normal")),
    "log_cdf and log_survival": lambda: censored(family("tweedie"), high=1.0),
    "must be less than": lambda: truncated(family("normal"), low=1.0, high=1.0),
    "is no finite number": lambda: censored(family("normal"), low=float("-inf")),
    "whole number": lambda: truncated(family("poisson"), low=0.5),
    "n_components=1 is not allowed": lambda: mixture(family("normal"), n_components=1),
    "two parameters called 'gate'": lambda: hurdle(zero_inflated(family("poisson"))),
    "comes last": lambda: mixture(censored(family("normal"), low=0.0)),
    "is a vector": lambda: mixture(mixture(family("normal"))),
}


@pytest.mark.parametrize("sentence", REFUSED)
def test_what_cannot_be_wrapped_is_refused_in_one_sentence(sentence):
    with pytest.raises(ValueError, match=sentence) as caught:
        REFUSED[sentence]()
    assert "\n" not in str(caught.value)


def test_only_families_are_wrapped():
    with pytest.raises(TypeError, match="wraps a Family"):
        mixture(torch.distributions.Normal)


def test_a_family_of_torch_without_tails_can_be_mixed_but_not_censored():
    record = Distribution(name="gumbel", target=torch.distributions.Gumbel)
    gumbel = family_of(record, torch.distributions.Gumbel)
    assert mixture(gumbel).build(torch.zeros(1, 6)).log_prob(torch.zeros(1)).isfinite().all()
    with pytest.raises(ValueError, match="log_cdf"):
        censored(gumbel, low=0.0)


def test_a_start_is_passed_on_by_what_a_mixture_is_wrapped_in():
    each = zero_inflated(mixture(family("poisson")))
    draws = torch.Generator().manual_seed(0)
    rates = torch.where(torch.rand(500, generator=draws) < 0.5, 2.0, 20.0).double()
    y = torch.poisson(rates, generator=draws)[:, None]
    start = each.distribution.start(each, y)
    assert start.shape == (5,)
    rates = each.values(tensor(start)[None])["rate"][0]
    assert rates[0] < 5 < 15 < rates[1]
    assert not hasattr(zero_inflated(family("poisson")).distribution, "start")


def test_a_start_uses_limits_on_the_axis_of_the_trained_target():
    each = mixture(truncated(family("normal"), low=-2.0))
    y = torch.linspace(0.5, 3.0, 60, dtype=torch.float64)[:, None]
    start = each.distribution.start(each, y, None, {"low": 0.4})
    values = each.build(tensor(start)[None].expand(60, -1), low=0.4)
    assert values.log_prob(y[:, 0]).isfinite().all()


def test_a_start_orders_constants_last():
    each = replace(mixture(family("normal"))).with_constant(("scale", "weights"))
    y = torch.linspace(-3.0, 3.0, 50, dtype=torch.float64)[:, None]
    start = tensor(each.distribution.start(each, y))
    values = each.values(start[None])
    assert values["loc"][0, 0] < 0 < values["loc"][0, 1]
    assert (values["scale"] > 0.3).all()
    assert Parameter("weights", "simplex", "constant", 2) in each.parameters
