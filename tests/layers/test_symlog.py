from math import asinh

import torch

from deepstat.architectures.tabular import tabular
from deepstat.data.inputs import Inputs
from deepstat.layers.symlog import SymLog


def test_nothing_changes_within_three_and_logarithms_lie_beyond():
    x = torch.linspace(-3.0, 3.0, 7)
    torch.testing.assert_close(SymLog()(x), x, rtol=0, atol=0)
    far = torch.tensor([5.0, -5.0, 1e6], dtype=torch.float64)
    expected = [3 + asinh(2), -3 - asinh(2), 3 + asinh(1e6 - 3)]
    torch.testing.assert_close(SymLog()(far), torch.tensor(expected, dtype=torch.float64))


def test_it_is_increasing_odd_and_smooth_where_the_parts_meet():
    x = torch.linspace(-50.0, 50.0, 2001, dtype=torch.float64, requires_grad=True)
    y = SymLog()(x)
    assert (y.diff() > 0).all()
    torch.testing.assert_close(y, -y.flip(0))
    assert torch.autograd.gradcheck(SymLog(), torch.tensor([-3.0, 2.9, 3.1, 80.0]).double().requires_grad_())
    [slope] = torch.autograd.grad(y.sum(), x)
    assert slope.isfinite().all()
    at = torch.tensor([2.999999, 3.000001], dtype=torch.float64, requires_grad=True)
    [slope] = torch.autograd.grad(SymLog()(at).sum(), at)
    torch.testing.assert_close(slope, torch.ones(2, dtype=torch.float64), rtol=0, atol=1e-5)


def test_an_outlier_moves_the_default_network_little():
    torch.manual_seed(0)
    network = tabular(Inputs(2), 1)
    plain = tabular(Inputs(2), 1, numeric_scaling="standard")
    plain.load_state_dict(network.state_dict())
    x = torch.tensor([[0.5, 0.5], [0.5, 1000.0]])
    moved, unbounded = (own(x).diff(dim=0).abs().item() for own in (network, plain))
    assert moved < unbounded / 20
