"""Activations, initializers and schedules: what is registered passes, planted faults do not."""

import pytest
import torch
from torch import nn

from deepstat.records import Activation, Initializer, Schedule
from deepstat.registry import registry
from deepstat.testing import check_activation, check_initializer, check_schedule

CHECKS = {"activation": check_activation, "initializer": check_initializer, "schedule": check_schedule}


def normal(shape, *, generator, gain=1.0, dtype=None):
    return gain * torch.randn(shape, generator=generator, dtype=dtype)


def transposed(shape, *, generator, gain=1.0, dtype=None):
    return normal(shape[::-1], generator=generator, dtype=dtype)


def single_precision(shape, *, generator, gain=1.0, dtype=None):
    return normal(shape, generator=generator)


def unseeded(shape, *, generator, gain=1.0, dtype=None):
    own = torch.Generator()
    own.seed()
    return normal(shape, generator=own, dtype=dtype)


def dividing_by_zero(shape, *, generator, gain=1.0, dtype=None):
    return normal(shape, generator=generator, dtype=dtype) / 0.0


class WrongSlope(torch.autograd.Function):
    generate_vmap_rule = True

    @staticmethod
    def forward(x):
        return x.tanh()

    @staticmethod
    def setup_context(ctx, inputs, output):
        pass

    @staticmethod
    def backward(ctx, gradient):
        return gradient


@pytest.mark.parametrize(
    ("kind", "name"), [(kind, name) for kind in CHECKS for name in registry().names(kind)]
)
def test_every_registered_component_passes(kind, name):
    CHECKS[kind](registry().record(kind, name))


@pytest.mark.parametrize(
    "record",
    [
        Activation(name="module", target=nn.PReLU, example={"init": 0.1}),
        Activation(name="step", target=lambda x: (x > 0).to(x.dtype), trainable=False),
        Initializer(name="normal", target=normal),
        Schedule(name="halving", target=lambda progress: 0.5 ** (4 * progress).floor()),
    ],
)
def test_plain_components_of_a_third_party_pass(record):
    CHECKS[record.kind](record)


FAULTS = {
    "when other rows are present": Activation(name="bad", target=lambda x: x - x.mean(dim=0)),
    "is not elementwise": Activation(name="bad", target=lambda x: x.softmax(dim=1)),
    "keep it": Activation(name="bad", target=lambda x: x.repeat(1, 2)),
    "keep the dtype": Activation(name="bad", target=lambda x: x.float()),
    "is not finite between": Activation(name="bad", target=lambda x: x.sqrt()),
    "gradient that is not finite": Activation(name="bad", target=lambda x: x.clamp(min=0).sqrt()),
    "no gradient; write it": Activation(name="bad", target=lambda x: x.detach()),
    "zero gradient everywhere": Activation(name="bad", target=lambda x: 0 * x),
    "says trainable=False but": Activation(name="bad", target=torch.tanh, trainable=False),
    "differs from finite differences": Activation(name="bad", target=WrongSlope.apply),
    r"under torch\.func\.vmap": Activation(name="bad", target=lambda x: x if x.sum() < 1e30 else 2 * x),
    "does not change with the options": Activation(
        name="bad", target=lambda x, *, a=1.0: x, example={"a": 2.0}
    ),
    "gives a row|global generator": Activation(name="bad", target=lambda x: x * torch.rand_like(x)),
    "has gain 0.0": Activation(name="bad", target=torch.tanh, gain=0.0),
    "cannot be imported": Activation(name="bad", target="torch:tanhh"),
    "when asked for": Initializer(name="bad", target=transposed),
    "returns torch.float32 when asked": Initializer(name="bad", target=single_precision),
    "other weights for the same generator": Initializer(name="bad", target=unseeded),
    "weights that are not finite": Initializer(name="bad", target=dividing_by_zero),
    "has no option": Initializer(name="bad", target=normal, example={"spread": 1.0}),
    "a factor for each entry": Schedule(name="bad", target=lambda progress: progress.mean()),
    "gives a negative factor": Schedule(name="bad", target=lambda progress: 0.5 - progress),
    "factor that is not finite": Schedule(name="bad", target=lambda progress: 1 / progress),
    "is zero throughout": Schedule(name="bad", target=lambda progress: 0 * progress),
    "mixes the entries": Schedule(
        name="bad", target=lambda progress: progress / progress.max().clamp(min=0.1)
    ),
    "branch on progress": Schedule(
        name="bad", target=lambda progress: progress if progress.sum() < 1e30 else 2 * progress
    ),
}


@pytest.mark.parametrize(("sentence", "record"), FAULTS.items(), ids=FAULTS)
def test_a_planted_fault_is_rejected_in_one_sentence(sentence, record):
    with pytest.raises(AssertionError, match=sentence) as caught:
        CHECKS[record.kind](record)
    assert str(caught.value).startswith(f"{record.kind} 'bad' ")
    assert "\n" not in str(caught.value)
