from dataclasses import dataclass, replace

import pytest
import torch
from torch.distributions import Gamma, LogNormal, Normal, Poisson, constraints

from deepstat.distributions.mixture import mixture
from deepstat.distributions.normal import Normal as OwnNormal
from deepstat.distributions.von_mises import VonMises
from deepstat.distributions.wrapping import wrap
from deepstat.distributions.zero_inflated import ZeroInflated
from deepstat.records import Distribution, Parameter
from deepstat.registry import registry
from deepstat.testing import check_distribution


class Unnormalised(Normal):
    def log_prob(self, value):
        return super().log_prob(value) + 0.1


class Shifted(Normal):
    def sample(self, sample_shape=()):
        return super().sample(sample_shape) + 0.2


class Wider(Normal):
    def sample(self, sample_shape=()):
        return self.loc + 1.2 * (super().sample(sample_shape) - self.loc)


class Outside(LogNormal):
    def sample(self, sample_shape=()):
        return -super().sample(sample_shape)


class Doubled(Poisson):
    def sample(self, sample_shape=()):
        return 2 * super().sample(sample_shape)


class Shapeless(Gamma):
    def log_prob(self, value):
        return super().log_prob(value).sum(dim=-1)


class Unconstrained(Normal):
    arg_constraints = {"loc": constraints.real, "scale": constraints.dependent}


class Silent(Normal):
    def log_prob(self, value):
        return super().log_prob(value).detach()


class Branching(Normal):
    def log_prob(self, value):
        return super().log_prob(value) if bool((value < 1e9).all()) else 0 * value


class WrongMean(Normal):
    @property
    def mean(self):
        return self.loc + 0.01


class WrongVariance(Normal):
    @property
    def variance(self):
        return self.scale


class WrongCdf(Normal):
    def cdf(self, value):
        return super().cdf(value * 1.01)


class WrongIcdf(Normal):
    def icdf(self, value):
        return super().icdf(value) + 0.01


class WrongEntropy(Normal):
    def entropy(self):
        return super().entropy() * 1.1


class WrongCrps(OwnNormal):
    def crps(self, value):
        return super().crps(value) * 1.1


class WrongTail(OwnNormal):
    def log_survival(self, value):
        return self.log_cdf(value)


class WrongDirection(VonMises):
    @property
    def variance(self):
        return super().variance * 1.1


class LowIcdf(ZeroInflated):
    def icdf(self, value):
        return (super().icdf(value) - 1).clamp(min=0)


# Families of torch, and what nothing can be computed from.
LACKS = {
    "StudentT": ("cdf", "icdf", "interval", "crps"),
    "Beta": ("cdf", "icdf", "interval", "crps"),
    "Poisson": ("cdf", "icdf", "interval", "crps", "entropy"),
    "NegativeBinomial": ("cdf", "icdf", "interval", "crps", "entropy"),
    "Bernoulli": ("cdf", "icdf", "interval", "crps"),
    "Dirichlet": ("cdf", "icdf", "interval", "crps"),
}


def test_every_registered_distribution_passes():
    for name in registry().names("distribution"):
        check_distribution(registry().record("distribution", name))


@pytest.mark.parametrize(
    "family", ["Normal", "Cauchy", "Laplace", "Gamma", "Gumbel", "HalfNormal", "LogNormal", *LACKS]
)
def test_families_of_torch_pass(family):
    columns = None if family == "Dirichlet" else 1
    record = Distribution(name=family.lower(), target=f"torch.distributions:{family}", columns=columns)
    check_distribution(replace(record, lacks=LACKS.get(family, ())))


FAULTS = {
    "not one; normalise": Unnormalised,
    "samples that do not follow its log_prob": Shifted,
    "do not follow its log_prob": Wider,
    "outside its support": Outside,
    "do not follow": Doubled,
    "log_prob of shape": Shapeless,
    "to say what its parameters are": Unconstrained,
    "to give log probabilities": Silent,
    "under torch.func.vmap": Branching,
    "nor arg_constraints": torch.distributions.Uniform,
    "cannot be imported": "torch.distributions:Normall",
    "has mean that differs by 0.01 ": WrongMean,
    "has variance that differs": WrongVariance,
    "has cdf that differs": WrongCdf,
    "icdf that does not invert": WrongIcdf,
    "has entropy that differs": WrongEntropy,
    "has crps that differs": WrongCrps,
    "has log_survival that differs": WrongTail,
    "has no cdf: name it in the record's lacks": torch.distributions.StudentT,
}


def caught_in(record):
    with pytest.raises(AssertionError) as caught:
        check_distribution(record)
    assert str(caught.value).startswith(f"distribution {record.name!r} ")
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(("sentence", "target"), FAULTS.items(), ids=FAULTS)
def test_a_planted_fault_is_rejected_in_one_sentence(sentence, target):
    lacks = LACKS["Poisson"] if target is Doubled else ()
    assert sentence in caught_in(Distribution(name="bad", target=target, lacks=lacks))


def test_what_a_record_says_it_lacks_must_be_lacking():
    record = Distribution(name="modest", target=Normal, lacks=("entropy",))
    assert "has entropy, which its record says it lacks" in caught_in(record)


def test_directions_are_checked_on_the_circle():
    parameters = (Parameter("loc", "direction"), Parameter("concentration", "exp"))
    record = Distribution(name="circle", target=WrongDirection, parameters=parameters, center="direction")
    check_distribution(replace(record, target=VonMises))
    assert "has variance that differs" in caught_in(record)


def test_parameters_of_the_record_come_before_those_of_the_class():
    scale = Parameter("scale", "exp")
    check_distribution(
        Distribution(name="centred", target=Unconstrained, parameters=(Parameter("loc"), scale))
    )
    assert "to be built" in caught_in(
        Distribution(name="centred", target=Normal, parameters=(Parameter("place"), scale))
    )


def test_a_check_that_refuses_the_example_is_rejected():
    def check(*, n_components=2):
        raise ValueError("never")

    record = Distribution(name="strict", target=mixture, wraps=True, check=check, example={"n_components": 3})
    assert "its own check" in caught_in(record)
    check_distribution(replace(record, check=""))


@dataclass(frozen=True, eq=False)
class Unequal:
    inner: object

    def __call__(self, validate_args=None, **values):
        return self.inner.at(values)


def unequal(family):
    return replace(family, distribution=Unequal(family))


def low(family):
    if family.record.domain != "count":
        raise ValueError("only counts")
    return wrap("low", LowIcdf, family, own=(Parameter("gate"),))


def refusing(family):
    raise ValueError("this wrapper takes nothing")


def failing(family):
    raise KeyError("oops")


WRAPPERS = {
    "differ for equal settings": unequal,
    "return a Family": lambda family: family.distribution,
    "refuses all of normal, gamma, poisson": refusing,
    "a family that it cannot take is a ValueError": failing,
    "icdf that does not invert": low,
}


@pytest.mark.parametrize(("sentence", "wrapper"), WRAPPERS.items(), ids=WRAPPERS)
def test_a_fault_of_a_wrapper_is_rejected_in_one_sentence(sentence, wrapper):
    assert sentence in caught_in(Distribution(name="bad", target=wrapper, wraps=True))
