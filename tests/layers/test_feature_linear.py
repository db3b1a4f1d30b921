import pytest
import torch
from torch import nn

from deepstat.layers.feature_linear import FeatureLinear


@pytest.mark.parametrize("relu", [False, True])
def test_each_feature_gets_its_own_linear_layer(relu):
    layer = FeatureLinear(3, 4, 2, relu=relu).double()
    features = torch.randn(3, 5, 4, dtype=torch.float64)
    parts = []
    for j in range(3):
        single = nn.Linear(4, 2, dtype=torch.float64)
        single.weight.data, single.bias.data = layer.weight[j].t(), layer.bias[j, 0]
        parts.append(single(features[j]).relu() if relu else single(features[j]))
    torch.testing.assert_close(layer(features), torch.cat(parts, 1), rtol=1e-14, atol=1e-14)
    assert torch.autograd.gradcheck(layer, (features.requires_grad_(),))


def test_start_values_are_within_the_bound_of_torch_linear():
    layer = FeatureLinear(50, 16, 8, relu=False)
    for parameter in layer.parameters():
        assert parameter.abs().max() <= 0.25
        assert parameter.std().item() == pytest.approx(0.25 / 3**0.5, rel=0.1)
