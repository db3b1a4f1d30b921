import numpy as np
import pandas as pd
import pytest
import torch

from deepstat.architectures.linear import linear
from deepstat.data.inputs import Inputs


def test_linear_equals_the_matrix_product_with_the_design_matrix():
    rng = np.random.default_rng(0)
    numeric, small, large = rng.normal(size=(30, 2)), rng.integers(0, 3, 30), rng.integers(0, 41, 30)
    network = linear(Inputs(2, (2, 40)), 3).double()
    indicators = [
        pd.get_dummies(pd.Categorical(codes, categories=range(levels + 1)), dtype=float).drop(columns=0)
        for codes, levels in ((small, 2), (large, 40))
    ]
    design = np.hstack([numeric, *indicators])
    weight, bias = (parameter.detach().numpy() for parameter in network.linear.parameters())
    out = network(torch.from_numpy(np.column_stack([numeric, small, large]))).detach().numpy()
    np.testing.assert_allclose(out, design @ weight.T + bias, rtol=1e-13, atol=1e-13)


def test_without_categories_only_one_affine_map_is_left():
    network = linear(Inputs(4), 1)
    assert [name for name, _ in network.named_children()] == ["linear"]
    assert sum(parameter.numel() for parameter in network.parameters()) == 5


@pytest.mark.parametrize("inputs", [Inputs(0, (3,)), Inputs(0, (1,)), Inputs(1)])
def test_linear_takes_a_single_column(inputs):
    assert linear(inputs, 2)(torch.ones(5, 1)).shape == (5, 2)


def test_an_unseen_level_gets_the_prediction_without_the_column():
    network = linear(Inputs(1, (3,)), 1).double()
    x = torch.tensor([[2.0, 0.0]], dtype=torch.float64)
    weight, bias = network.linear.weight[0, 0].item(), network.linear.bias.item()
    assert network(x).item() == pytest.approx(2.0 * weight + bias, rel=1e-14)
