import numpy as np
import pytest
import torch
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPRegressor
from torch import nn

from deepstat.architectures.mlp import mlp
from deepstat.data.inputs import Inputs
from deepstat.errors import UnknownName
from deepstat.layers.dropout import dropout_layers


def identity(x):
    return x


def test_mlp_with_identity_activation_is_the_product_of_its_matrices():
    network = mlp(Inputs(3), 2, hidden_layer_sizes=(5, 4), activation=identity).double()
    x = torch.randn(6, 3, dtype=torch.float64)
    parameters = dict(network.named_parameters())
    product = torch.eye(4, dtype=torch.float64)
    for name in ("linear_0", "linear_1", "output"):
        bottom = torch.tensor([[0.0] * parameters[f"{name}.weight"].shape[1] + [1.0]], dtype=torch.float64)
        affine = torch.cat([parameters[f"{name}.weight"], parameters[f"{name}.bias"].unsqueeze(1)], 1)
        product = torch.cat([affine, bottom]) @ product
    expected = x @ product[:2, :3].t() + product[:2, 3]
    torch.testing.assert_close(network(x), expected, rtol=1e-13, atol=1e-13)


def test_mlp_equals_that_of_scikit_learn():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(20, 3)), rng.normal(size=(20, 2))
    reference = MLPRegressor(hidden_layer_sizes=(6, 5), activation="tanh", max_iter=1, random_state=0)
    with pytest.warns(ConvergenceWarning):
        reference.fit(x, y)
    network = mlp(Inputs(3), 2, hidden_layer_sizes=(6, 5), activation=torch.tanh).double()
    linears = [module for module in network if isinstance(module, nn.Linear)]
    for module, weight, bias in zip(linears, reference.coefs_, reference.intercepts_, strict=True):
        module.weight.data, module.bias.data = torch.from_numpy(weight.T), torch.from_numpy(bias)
    out = network(torch.from_numpy(x)).detach().numpy()
    np.testing.assert_allclose(out, reference.predict(x), rtol=1e-12, atol=1e-12)


def test_mlp_without_hidden_layers_is_an_affine_map():
    network = mlp(Inputs(3), 2, hidden_layer_sizes=(), dropout=0.5, normalization="layer")
    assert [type(module) for module in network.modules()] == [nn.Sequential, nn.Linear]


def test_skip_adds_a_linear_map_of_the_encoded_columns():
    inputs = Inputs(2, (3,))
    network = mlp(inputs, 2, hidden_layer_sizes=(4,), skip=True).double()
    x = torch.tensor([[0.5, -1.0, 2.0], [1.5, 0.0, 0.0]], dtype=torch.float64)
    encoded = torch.tensor([[0.5, -1.0, 0, 1, 0], [1.5, 0.0, 0, 0, 0]], dtype=torch.float64)
    encoder, with_skip = network
    expected = with_skip.network(encoded) + encoded @ with_skip.linear.weight.t()
    assert torch.equal(encoder(x), encoded)
    torch.testing.assert_close(network(x), expected)


def test_norm_activation_and_dropout_follow_each_hidden_linear_map():
    network = mlp(Inputs(3), 1, hidden_layer_sizes=(4, 5), dropout=0.2, normalization="batch")
    kinds = ["linear", "norm", "activation", "dropout"]
    assert [name for name, _ in network.named_children()] == [f"{k}_{i}" for i in (0, 1) for k in kinds] + [
        "output"
    ]
    assert [layer.p.item() for layer in dropout_layers(network).values()] == pytest.approx([0.2, 0.2])


def test_dropout_layers_exist_only_for_positive_dropout():
    assert not dropout_layers(mlp(Inputs(3), 1, dropout=0.0))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"hidden_layer_sizes": (4, 0)}, "hidden_layer_sizes is"),
        ({"hidden_layer_sizes": 64}, "such as \\(64, 64\\)"),
        ({"hidden_layer_sizes": "64"}, "sequence of positive integers"),
        ({"hidden_layer_sizes": (4.0,)}, "sequence of positive integers"),
        ({"dropout": 1.0}, "0 <= dropout < 1"),
        ({"dropout": "a"}, "0 <= dropout < 1"),
        ({"embedding_dim": 0}, "embedding_dim is 0"),
        ({"one_hot_max": -1}, "one_hot_max is -1"),
        ({"one_hot_max": True}, "one_hot_max is True"),
    ],
)
def test_options_outside_their_range_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        mlp(Inputs(2, (3,)), 1, **options)


@pytest.mark.parametrize("hidden_layer_sizes", [(), (4,)])
def test_an_unknown_normalization_is_refused_whatever_the_depth(hidden_layer_sizes):
    with pytest.raises(UnknownName, match="Did you mean 'layer'"):
        mlp(Inputs(2), 1, hidden_layer_sizes=hidden_layer_sizes, normalization="layr")
