import torch
from torch import nn

from deepstat.layers.head_linear import HeadLinear


def test_each_head_is_a_linear_layer_of_its_own():
    layer = HeadLinear(4, 3, 2).double()
    x = torch.randn(7, 4, 3, dtype=torch.float64)
    found = layer(x)
    for head in range(4):
        alone = nn.functional.linear(x[:, head], layer.weight[head], layer.bias[head])
        torch.testing.assert_close(found[:, head], alone, rtol=1e-12, atol=1e-12)


def test_weights_and_biases_start_uniform_within_one_over_the_root_of_the_width():
    torch.manual_seed(0)
    layer = HeadLinear(50, 16, 20)
    for values in (layer.weight, layer.bias):
        assert values.abs().max() <= 0.25
        torch.testing.assert_close(values.std().item(), 0.5 / 12**0.5, rtol=0.05, atol=0)
    assert not torch.equal(layer.bias[0], layer.bias[1])
