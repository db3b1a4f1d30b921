import pytest
import torch
from torch import nn
from torch.nn import functional

from deepstat.records import Architecture
from deepstat.registry import registry
from deepstat.testing import check_architecture


class Network(nn.Module):
    """An affine map with a fault in the way it is called."""

    def __init__(self, inputs, n_outputs, fault=None):
        super().__init__()
        self.linear = nn.Linear(inputs.width, n_outputs)
        self.fault = fault

    def forward(self, x):
        return self.linear(x) if self.fault is None else self.fault(self, x)


def recipe(fault):
    return lambda inputs, n_outputs: Network(inputs, n_outputs, fault)


def centred_by_the_batch(network, x):
    raw = network.linear(x)
    return raw - raw.mean(dim=0)


def branching_on_data(network, x):
    raw = network.linear(x)
    return raw if raw.sum() < 1e30 else 2 * raw


def functional_dropout(network, x):
    return functional.dropout(network.linear(x), 0.5, training=network.training)


def in_place(network, x):
    return network.linear(x.mul_(1.5))


def rounding(network, x):
    return network.linear(x).float()


class Forgetful(Network):
    """Centres columns by numbers that are neither parameters nor buffers."""

    def __init__(self, inputs, n_outputs):
        super().__init__(inputs, n_outputs)
        self.centre = 0.0 if inputs.sample is None else inputs.sample.mean(dim=0)

    def forward(self, x):
        return self.linear(x - (self.centre if isinstance(self.centre, float) else self.centre.to(x)))


class Idle(Network):
    """Has a layer that it never calls."""

    def __init__(self, inputs, n_outputs):
        super().__init__(inputs, n_outputs)
        self.idle = nn.Linear(2, 2)


class Recurrent(nn.Module):
    """A network without a batching rule."""

    def __init__(self, inputs, n_outputs):
        super().__init__()
        self.lstm = nn.LSTM(inputs.width, n_outputs, batch_first=True)

    def forward(self, x):
        return self.lstm(x[:, None])[0][:, 0]


class Sampled(Network):
    """Needs the sample, which a saved network does not have."""

    def __init__(self, inputs, n_outputs):
        super().__init__(inputs, n_outputs)
        self.register_buffer("scale", inputs.sample.std())


def unseeded(inputs, n_outputs):
    network = nn.Linear(inputs.width, n_outputs)
    generator = torch.Generator()
    generator.seed()
    nn.init.normal_(network.weight, generator=generator)
    return network


def batch_normalised(inputs, n_outputs):
    return nn.Sequential(nn.BatchNorm1d(inputs.width), nn.Dropout(0.3), nn.Linear(inputs.width, n_outputs))


@pytest.mark.parametrize("name", registry().names("architecture"))
def test_every_registered_architecture_passes(name):
    check_architecture(registry().record("architecture", name))


def test_a_plain_network_with_running_statistics_and_dropout_passes():
    check_architecture(Architecture(name="plain", target=batch_normalised))


def test_a_network_that_cannot_be_batched_passes_when_its_record_says_so():
    check_architecture(Architecture(name="recurrent", target=Recurrent, batched=False))


FAULTS = {
    "when other rows are present": Architecture(name="bad", target=recipe(centred_by_the_batch)),
    r"torch\.func\.vmap.*batched=False": Architecture(name="bad", target=recipe(branching_on_data)),
    "global generator": Architecture(name="bad", target=recipe(functional_dropout)),
    "in place": Architecture(name="bad", target=recipe(in_place)),
    "keep the dtype": Architecture(name="bad", target=recipe(rounding)),
    "saved and loaded": Architecture(name="bad", target=Forgetful),
    "does not use its parameter 'idle.weight'": Architecture(name="bad", target=Idle),
    "say batched=False": Architecture(name="bad", target=Recurrent),
    "without a sample of rows": Architecture(name="bad", target=Sampled),
    "with the same seed": Architecture(name="bad", target=unseeded),
    "not an nn.Module": Architecture(name="bad", target=lambda inputs, n_outputs: torch.sin),
    r"returns shape \(16, 1\)": Architecture(
        name="bad", target=lambda inputs, n_outputs: nn.Linear(inputs.width, 1)
    ),
    "cannot be imported": Architecture(name="bad", target="deepstat.architectures.mlp:mpl"),
    "has no option 'depth'": Architecture(name="bad", target=recipe(None), example={"depth": 2}),
    "to build": Architecture(
        name="bad", target=lambda inputs, n_outputs: nn.Embedding(inputs.cardinalities[0], 1)
    ),
}


@pytest.mark.parametrize(("sentence", "record"), FAULTS.items(), ids=lambda each: getattr(each, "name", each))
def test_a_planted_fault_is_rejected_in_one_sentence(sentence, record):
    with pytest.raises(AssertionError, match=sentence) as caught:
        check_architecture(record)
    assert str(caught.value).startswith("architecture 'bad' ")
    assert "\n" not in str(caught.value)
