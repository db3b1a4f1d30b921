import torch
from torch import nn

from deepstat.layers.ntk_linear import NTKLinear
from deepstat.layers.start_by_data import start_by_data


def make(kind: type[nn.Module]) -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(kind(3, 40), nn.ReLU(), kind(40, 30), nn.ReLU(), kind(30, 2))


def test_every_hidden_unit_has_unit_variance_over_the_sample() -> None:
    x = torch.randn(300, 3) * torch.tensor([1.0, 10.0, 0.01]) + 5.0
    for kind in (nn.Linear, NTKLinear):
        layers = make(kind)
        start_by_data(layers, x)
        first = layers[0](x)
        torch.testing.assert_close(first.std(0, correction=0), torch.ones(40), rtol=1e-3, atol=1e-3)
        second = layers[:3](x)
        torch.testing.assert_close(second.std(0, correction=0), torch.ones(30), rtol=1e-3, atol=1e-3)


def test_the_kink_of_every_unit_passes_through_a_row_of_the_sample() -> None:
    layers, x = make(nn.Linear), torch.randn(200, 3) + 4.0
    start_by_data(layers, x)
    assert layers[0](x).abs().min(0).values.max() < 1e-5
    ends = make(nn.Linear)[0](x)  # as torch starts it, most units do not bend where the rows are
    assert ((ends > 0).all(0) | (ends < 0).all(0)).float().mean() > 0.3


def test_the_output_layer_and_units_without_variance_keep_their_weights() -> None:
    layers = make(nn.Linear)
    last = layers[4].weight.clone(), layers[4].bias.clone()
    first = layers[0].weight.clone()
    start_by_data(layers, torch.ones(50, 3))
    torch.testing.assert_close((layers[4].weight, layers[4].bias), last)
    torch.testing.assert_close(layers[0].weight, first)
    assert all(parameter.isfinite().all() for parameter in layers.parameters())


def test_statistics_of_normalisation_layers_do_not_move() -> None:
    layers = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.ReLU(), nn.Linear(4, 1))
    start_by_data(layers, torch.randn(50, 3))
    assert layers[1].running_mean.eq(0).all()
    assert layers.training


def test_one_row_teaches_nothing() -> None:
    layers = make(nn.Linear)
    before = [p.clone() for p in layers.parameters()]
    start_by_data(layers, torch.randn(1, 3))
    assert all(torch.equal(a, b) for a, b in zip(before, layers.parameters(), strict=True))
