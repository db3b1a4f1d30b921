from dataclasses import replace

import pytest
import torch
from plans import distance, plan, table
from torch import nn

from deepstat.optimizers.adamw import adamw
from deepstat.optimizers.sgd import sgd
from deepstat.records import Constant
from deepstat.training.layout import Layout, declared_factors, from_line, to_line
from deepstat.training.loop import train


@pytest.mark.parametrize("low", [float("-inf"), 0.0, -2.0])
@pytest.mark.parametrize("high", [float("inf"), 3.0])
def test_constants_stay_in_their_interval_and_start_where_they_should(low, high):
    constant = Constant("c", start=1.0, low=low, high=high)
    assert float(from_line(torch.tensor(to_line(1.0, constant)).double(), constant)) == pytest.approx(1.0)
    far = from_line(torch.linspace(-30, 30, 61).double(), constant)
    assert bool((far >= low).all() and (far <= high).all())


def test_views_share_memory_with_the_row():
    network = nn.Sequential(nn.Linear(3, 2), nn.Linear(2, 1))
    layout = Layout.of(network)
    flat = layout.flatten(network)[None].repeat(4, 1)
    layout.views(flat)["1.weight"].zero_()
    assert float(flat[:, 8:10].abs().sum()) == 0.0
    assert flat.shape == (4, layout.size)


def test_penalties_touch_weights_and_neither_biases_nor_constants():
    layout = Layout.of(nn.Linear(2, 1), (Constant("c", start=0.0),))
    assert layout.penalised(torch.float32, torch.device("cpu")).tolist() == [1.0, 1.0, 0.0, 0.0]


class Slow(nn.Sequential):
    """A network whose first layer and last bias learn at rates of their own."""

    def __init__(self, *layers, factors):
        super().__init__(*layers)
        self.learning_rate_factors = factors


def slow(factors, seed=0):
    torch.manual_seed(seed)
    return Slow(nn.Linear(5, 4), nn.ReLU(), nn.Linear(4, 1), factors=factors).double()


def test_factors_of_modules_inside_one_another_multiply():
    inner = slow({"0": 0.5})
    outer = Slow(inner, nn.Linear(1, 1), factors={"0": 0.1, "1": 2.0})
    outer.alpha = nn.Parameter(torch.ones(1))
    outer.learning_rate_factors["alpha"] = 0.0
    found = declared_factors(outer)
    assert found["0.0.weight"] == found["0.0.bias"] == pytest.approx(0.05)
    assert (found["0.2.bias"], found["1.weight"], found["alpha"]) == (0.1, 2.0, 0.0)


def test_names_and_factors_that_mean_nothing_are_refused_in_one_sentence():
    with pytest.raises(
        ValueError, match="names 'frist', which is no child or parameter of it: it has 0, 1, 2"
    ):
        declared_factors(slow({"frist": 0.1}))
    with pytest.raises(ValueError, match=r"is -0.1, but must be a number from 0"):
        declared_factors(slow({"0": -0.1}))


@pytest.mark.parametrize("n_members", [1, 2])
@pytest.mark.parametrize("compiled", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_factors_scale_the_steps_and_the_decay_of_their_parameters(n_members, compiled):
    own = table(n=40)
    factors = torch.cat([torch.full((24,), 0.5), torch.zeros(4), torch.ones(1)]).double()
    settings = {"max_epochs": 1, "batch_size": 40, "learning_rate": 0.1, "compiled": compiled}
    for rule in (sgd, adamw):
        plans = [plan(own, net=slow({}, seed=k), seed=k, rule=rule, **settings) for k in range(n_members)]
        scaled = [replace(each, learning_rates=factors) for each in plans]
        for before, whole, part in zip(plans, train(plans), train(scaled), strict=True):
            start = Layout.of(before.network).flatten(before.network)
            expected = start + factors * (whole.state.flat - start)
            assert float((part.state.flat - expected).abs().max()) < 1e-12
        assert distance(train(scaled)[0], train(scaled[:1])[0]) < 1e-9
