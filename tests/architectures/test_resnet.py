import pytest
import torch
from torch.nn import functional

from deepstat.architectures.resnet import resnet
from deepstat.data.inputs import Inputs
from deepstat.errors import UnknownName
from deepstat.layers.dropout import dropout_layers


@pytest.mark.parametrize("normalization", ["none", "layer", "batch"])
def test_resnet_equals_the_published_formula(normalization):
    network = resnet(
        Inputs(3), 2, width=4, n_blocks=2, hidden_factor=1.5, normalization=normalization, dropout=0.5
    )
    network = network.double().eval()
    p = {name: value + 0.1 for name, value in network.state_dict().items() if value.is_floating_point()}
    network.load_state_dict(p, strict=False)

    def norm(name, h):
        if normalization == "none":
            return h
        if normalization == "batch":
            h = (h - p[f"{name}.running_mean"]) / (p[f"{name}.running_var"] + 1e-5).sqrt()
        else:
            h = (h - h.mean(1, keepdim=True)) / (h.var(1, keepdim=True, unbiased=False) + 1e-5).sqrt()
        return h * p[f"{name}.weight"] + p[f"{name}.bias"]

    def affine(name, h):
        return h @ p[f"{name}.weight"].t() + p[f"{name}.bias"]

    x = torch.randn(7, 3, dtype=torch.float64)
    h = affine("input", x)
    for block in ("block_0.branch", "block_1.branch"):
        h = h + affine(f"{block}.narrow", affine(f"{block}.widen", norm(f"{block}.norm", h)).relu())
    expected = affine("output", norm("norm", h).relu())
    torch.testing.assert_close(network(x), expected, rtol=1e-12, atol=1e-12)


def test_hidden_and_residual_dropout_sit_at_their_places():
    network = resnet(Inputs(3), 2, width=4, n_blocks=2, dropout=0.25, residual_dropout=0.5)
    assert {path: layer.p.item() for path, layer in dropout_layers(network).items()} == {
        "block_0.branch.dropout": 0.25,
        "block_0.branch.residual_dropout": 0.5,
        "block_1.branch.dropout": 0.25,
        "block_1.branch.residual_dropout": 0.5,
    }
    assert not dropout_layers(resnet(Inputs(3), 2, dropout=0.0))


def test_without_blocks_an_input_and_an_output_layer_are_left():
    network = resnet(Inputs(3), 2, width=4, n_blocks=0, normalization="none").double()
    x = torch.randn(5, 3, dtype=torch.float64)
    hidden = functional.linear(x, network.input.weight, network.input.bias).clamp(min=0)
    expected = functional.linear(hidden, network.output.weight, network.output.bias)
    torch.testing.assert_close(network(x), expected)


def test_the_width_inside_a_block_is_at_least_one():
    network = resnet(Inputs(3), 2, width=2, n_blocks=1, hidden_factor=0.01)
    assert network.block_0.branch.widen.out_features == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"width": 0}, "width is 0"),
        ({"n_blocks": -1}, "n_blocks is -1"),
        ({"hidden_factor": 0.0}, "hidden_factor is 0.0"),
        ({"dropout": -0.1}, "0 <= dropout < 1"),
        ({"residual_dropout": 1}, "0 <= residual_dropout < 1"),
        ({"embedding_dim": 2.5}, "embedding_dim is 2.5"),
    ],
)
def test_options_outside_their_range_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        resnet(Inputs(2), 1, **options)


def test_an_unknown_normalization_is_refused():
    with pytest.raises(UnknownName, match="choose one of batch, layer, none"):
        resnet(Inputs(2), 1, normalization="instance")
