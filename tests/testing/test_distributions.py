import pytest
import torch
from torch.distributions import Gamma, LogNormal, Normal, Poisson, constraints

from deepstat.records import Distribution
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


def test_every_registered_distribution_passes():
    for name in registry().names("distribution"):
        check_distribution(registry().record("distribution", name))


@pytest.mark.parametrize(
    "family",
    ["Normal", "Cauchy", "Laplace", "Gamma", "Beta", "StudentT", "Poisson", "NegativeBinomial", "Bernoulli"]
    + ["Categorical", "MultivariateNormal", "Dirichlet"],
)
def test_families_of_torch_pass(family):
    check_distribution(Distribution(name=family.lower(), target=f"torch.distributions:{family}"))


FAULTS = {
    "not one; normalise": Unnormalised,
    "samples that do not follow its log_prob": Shifted,
    "do not follow its log_prob": Wider,
    "outside its support": Outside,
    "do not follow": Doubled,
    "log_prob of shape": Shapeless,
    "transform_to of its arg_constraints": Unconstrained,
    "to give log probabilities": Silent,
    "no dict arg_constraints": torch.distributions.Uniform,
    "cannot be imported": "torch.distributions:Normall",
}


@pytest.mark.parametrize(("sentence", "target"), FAULTS.items(), ids=FAULTS)
def test_a_planted_fault_is_rejected_in_one_sentence(sentence, target):
    with pytest.raises(AssertionError, match=sentence) as caught:
        check_distribution(Distribution(name="bad", target=target))
    assert str(caught.value).startswith("distribution 'bad' ")
    assert "\n" not in str(caught.value)
