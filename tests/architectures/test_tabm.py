"""TabM is the ensemble of perceptrons whose matrices it says."""

import pytest
import torch
from torch import nn

from deepstat.architectures.tabm import tabm
from deepstat.data.inputs import Inputs
from deepstat.errors import UnknownName
from deepstat.layers.dropout import dropout_layers

HEADS, X = 4, torch.randn(9, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
Y = X[:, :1].sin() - X[:, 1:2] * X[:, 2:]


def scattered(**options):
    torch.manual_seed(1)
    network = tabm(Inputs(3), 1, n_heads=HEADS, width=5, n_blocks=3, **options).double()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter += 0.3 * torch.randn_like(parameter)
    return network.eval()


def explicit(network, head):
    """Write one head as a plain perceptron, its matrices multiplied out; parameters keep their gradients' way."""
    layers = []
    for name, module in network.named_children():
        if name.startswith("linear"):
            weight = module.weight
            if module.r is not None:
                weight = weight * module.r[head]
            if module.s is not None:
                weight = weight * module.s[head][:, None]
            layers.append((weight, module.bias[head] if module.bias.ndim == 2 else module.bias))
    layers.append((network.output.weight[head], network.output.bias[head]))

    def predict(x):
        for number, (weight, bias) in enumerate(layers):
            x = nn.functional.linear(x, weight, bias)
            x = x.clamp(min=0) if number < len(layers) - 1 else x
        return x

    return predict


@pytest.mark.parametrize("shared", ["full", "mini"])
def test_heads_are_perceptrons_with_the_matrices_multiplied_out(shared):
    network = scattered(shared=shared)
    found = network(X)
    assert found.shape == (9, HEADS, 1)
    for head in range(HEADS):
        torch.testing.assert_close(found[:, head], explicit(network, head)(X), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("shared", ["full", "mini"])
def test_the_gradient_of_the_mean_loss_is_the_mean_of_the_perceptrons_gradients(shared):
    network = scattered(shared=shared, dropout=0.0)
    (network(X) - Y[:, None]).square().mean().backward()
    found = {name: parameter.grad.clone() for name, parameter in network.named_parameters()}
    network.zero_grad()
    for head in range(HEADS):
        ((explicit(network, head)(X) - Y).square().mean() / HEADS).backward()
    for name, parameter in network.named_parameters():
        torch.testing.assert_close(found[name], parameter.grad, rtol=1e-10, atol=1e-12)


def test_mini_shares_everything_but_the_first_adapter_and_the_outputs():
    shapes = {
        name: tuple(p.shape)
        for name, p in tabm(Inputs(3), 2, n_heads=4, width=5, shared="mini").named_parameters()
    }
    assert shapes == {
        "linear_0.weight": (5, 3), "linear_0.bias": (5,), "linear_0.r": (4, 3),
        "linear_1.weight": (5, 5), "linear_1.bias": (5,),
        "output.weight": (4, 2, 5), "output.bias": (4, 2),
    }  # fmt: skip


def test_the_first_adapters_are_signs_and_normal_where_numbers_are_embedded():
    def first(inputs, **options):
        return tabm(inputs, 1, **options).linear_0.r.abs()

    assert (first(Inputs(3, (4,))) == 1).all()
    assert (first(Inputs(0, (4,)), numeric_embedding="periodic") == 1).all()
    assert len(first(Inputs(3), numeric_embedding="periodic").unique()) > 100
    later = tabm(Inputs(3), 1).linear_1
    assert (later.r == 1).all()
    assert (later.s == 1).all()


def test_each_head_drops_units_of_its_own_and_every_block_has_dropout():
    network = tabm(Inputs(3), 1, n_heads=4, width=50, dropout=0.5)
    assert len(dropout_layers(network)) == 2
    kept = network.dropout_0.train()(torch.ones(2, 4, 50)) > 0
    assert not torch.equal(kept[:, 0], kept[:, 1])
    assert not dropout_layers(tabm(Inputs(3), 1, dropout=0.0))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n_heads": 0}, "n_heads is 0"),
        ({"width": 2.5}, "width is 2.5"),
        ({"n_blocks": 0}, "n_blocks is 0; give an integer of at least 1"),
        ({"dropout": 1.0}, "0 <= dropout < 1"),
        ({"embedding_dim": 0}, "embedding_dim is 0"),
        ({"one_hot_max": -1}, "one_hot_max is -1"),
    ],
)
def test_options_outside_their_range_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        tabm(Inputs(2), 1, **options)


def test_an_unknown_way_of_sharing_is_refused():
    with pytest.raises(UnknownName, match="choose one of full, mini"):
        tabm(Inputs(2), 1, shared="none")
