import pytest
import torch
from torch import nn

from deepstat.layers.ntk_linear import NTKLinear


def test_ntk_linear_equals_linear_with_divided_weights() -> None:
    torch.manual_seed(0)
    layer, twin = NTKLinear(9, 4).double(), nn.Linear(9, 4).double()
    with torch.no_grad():
        twin.weight.copy_(layer.weight / 3.0)
        twin.bias.copy_(layer.bias.normal_())
    x = torch.randn(5, 9, dtype=torch.float64)
    torch.testing.assert_close(layer(x), twin(x))


def test_outputs_have_unit_variance_at_the_start_whatever_the_width() -> None:
    torch.manual_seed(0)
    for width in (4, 400):
        x = torch.randn(2000, width)
        assert NTKLinear(width, 500)(x).std().item() == pytest.approx(1.0, abs=0.05)


def test_a_step_of_adam_moves_the_map_by_less_where_the_layer_is_wide() -> None:
    torch.manual_seed(0)
    moved = {}
    for width in (16, 256):
        layer = NTKLinear(width, 1)
        optimizer = torch.optim.Adam(layer.parameters(), lr=0.1)
        before = layer.weight.detach().clone()
        layer(torch.ones(3, width)).sum().backward()
        optimizer.step()
        moved[width] = ((layer.weight - before) / width**0.5).abs().mean().item()
    assert moved[16] / moved[256] == pytest.approx(4.0, rel=1e-3)  # sqrt(256 / 16)


def test_the_bias_declares_a_slower_rate() -> None:
    assert NTKLinear.learning_rate_factors == {"bias": 0.1}
