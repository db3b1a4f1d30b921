import pytest
import torch

from deepstat.optimizers.rule import UpdateRule
from deepstat.records import Optimizer
from deepstat.registry import registry
from deepstat.testing import check_optimizer


def nothing(flat):
    return {}


def mean_of_gradients(flat):
    return {"mean": torch.zeros_like(flat)}


def rule(update, init=nothing, **defaults):
    return UpdateRule(init, update, defaults)


def descend(flat, gradient, state, step, hyper):
    flat -= hyper["learning_rate"] * gradient


def with_momentum(flat, gradient, state, step, hyper):
    mean = state["mean"]
    mean += (1 - hyper["beta"]) * (gradient - mean)
    flat -= hyper["learning_rate"] * mean


def climb(flat, gradient, state, step, hyper):
    flat += hyper["learning_rate"] * gradient


def scaled_by_all_members(flat, gradient, state, step, hyper):
    flat -= hyper["learning_rate"] * gradient / gradient.abs().max()


def pulled_to_zero(flat, gradient, state, step, hyper):
    flat -= hyper["learning_rate"] * gradient
    flat *= 0.999


def clipping_in_place(flat, gradient, state, step, hyper):
    flat -= hyper["learning_rate"] * gradient.clamp_(-1, 1)


def decaying_the_rate(flat, gradient, state, step, hyper):
    flat -= hyper["learning_rate"].mul_(0.9999) * gradient


def reading_values(flat, gradient, state, step, hyper):
    if gradient.isfinite().any():
        flat -= hyper["learning_rate"] * gradient


def growing_its_state(flat, gradient, state, step, hyper):
    state["last"] = gradient
    flat -= hyper["learning_rate"] * gradient


def shared_state(flat):
    return {"count": torch.zeros(())}


def noisy(flat, gradient, state, step, hyper):
    flat -= hyper["learning_rate"] * (gradient + 1e-3 * torch.randn_like(gradient))


def first_option_for_all(flat, gradient, state, step, hyper):
    flat -= hyper["factor"][0] * hyper["learning_rate"] * gradient


def leaping(flat, gradient, state, step, hyper):
    flat -= 1e4 * hyper["learning_rate"] * gradient


@pytest.mark.parametrize("name", registry().names("optimizer"))
def test_every_registered_optimizer_passes(name):
    check_optimizer(registry().record("optimizer", name))


@pytest.mark.parametrize("name", ["SGD", "Adamax", "ASGD"])
def test_optimizer_classes_of_torch_pass(name):
    check_optimizer(Optimizer(name=name.lower(), target=f"torch.optim:{name}"))


def test_a_plain_rule_of_a_third_party_passes():
    target = rule(with_momentum, mean_of_gradients, beta=0.9)
    check_optimizer(Optimizer(name="good", target=target, example={"beta": 0.5}))


FAULTS = {
    "downhill": rule(climb),
    "never mix rows": rule(scaled_by_all_members),
    "whose learning rate is zero": rule(pulled_to_zero),
    "changes the gradient in place": rule(clipping_in_place),
    "changes its hyperparameters in place": rule(decaying_the_rate),
    "values cannot be read": rule(reading_values),
    "changes the names, shapes or dtypes of its state": rule(growing_its_state),
    "no row for each member": rule(descend, shared_state),
    "global generator": rule(noisy),
    "options of their own": (rule(first_option_for_all, factor=1.0), {"factor": 0.5}),
    "does not change with its option 'beta'": (rule(descend, beta=0.9), {"beta": 0.5}),
    "has no option 'beta'": (rule(descend), {"beta": 0.5}),
    "finite numbers": rule(leaping),
    "neither an update rule nor": torch.nn.Linear,
    "needs a closure": torch.optim.LBFGS,
    "cannot be imported": "torch.optim:Adamaxx",
}


@pytest.mark.parametrize(("sentence", "fault"), FAULTS.items(), ids=FAULTS)
def test_a_planted_fault_is_rejected_in_one_sentence(sentence, fault):
    target, example = fault if type(fault) is tuple else (fault, {})
    with pytest.raises(AssertionError, match=sentence) as caught:
        check_optimizer(Optimizer(name="bad", target=target, example=example))
    assert str(caught.value).startswith("optimizer 'bad' ")
    assert "\n" not in str(caught.value)
