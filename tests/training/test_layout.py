import pytest
import torch
from torch import nn

from deepstat.records import Constant
from deepstat.training.layout import Layout, from_line, to_line


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
