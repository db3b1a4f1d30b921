"""Initial weights: drawn by an initializer, taken from another fit, and kept where they are frozen."""

import numpy as np
import pytest
import torch
from torch import nn

from deepstat import DeepClassifier, DeepRegressor

STILL = {"max_epochs": 1, "learning_rate": 1e-300, "random_state": 0}


def parameters(model):
    return {name: value.detach().clone() for name, value in model.network_.named_parameters()}


def test_an_initializer_draws_weights_and_sets_biases(X, y):
    model = DeepRegressor(
        architecture="mlp", initializer="constant", initializer_params={"value": 0.25, "bias": -1.0}, **STILL
    ).fit(X, y)
    found = parameters(model)
    assert all((value == (0.25 if name.endswith("weight") else -1.0)).all() for name, value in found.items())
    wide = {"architecture": "mlp", "architecture_params": {"hidden_layer_sizes": (300, 300)}}
    he = parameters(DeepRegressor(initializer="he_normal", **STILL, **wide).fit(X, y))["linear_1.weight"]
    assert float(he.std()) == pytest.approx(np.sqrt(2 / 300), rel=0.02)
    orthogonal = parameters(DeepRegressor(initializer="orthogonal", **STILL, **wide).fit(X, y))[
        "linear_1.weight"
    ]
    twice = 2 * torch.eye(300, dtype=torch.float64)  # gain sqrt(2) before a relu
    torch.testing.assert_close(orthogonal @ orthogonal.T, twice, rtol=0, atol=1e-5)
    tanh = {
        "architecture": "mlp",
        "architecture_params": {"hidden_layer_sizes": (300, 300), "activation": "tanh"},
    }
    xavier = parameters(DeepRegressor(initializer="xavier_normal", **STILL, **tanh).fit(X, y))
    assert float(xavier["linear_1.weight"].std()) == pytest.approx(5 / 3 * np.sqrt(1 / 300), rel=0.02)
    assert float(xavier["output.weight"].std()) == pytest.approx(np.sqrt(2 / 301), rel=0.15)  # gain one


def test_an_initializer_leaves_norms_and_embeddings_to_the_architecture(X, y):
    params = {"normalization": "batch", "numeric_embedding": "periodic"}
    own = parameters(DeepRegressor(architecture="mlp", architecture_params=params, **STILL).fit(X, y))
    zero = parameters(
        DeepRegressor(architecture="mlp", architecture_params=params, initializer="zeros", **STILL).fit(X, y)
    )
    norms = [name for name in own if "norm" in name and name.endswith("weight")]
    assert norms
    assert all(torch.equal(zero[name], own[name]) for name in norms)


def test_weights_come_from_another_fit(X, y, labels):
    source = DeepRegressor(architecture="mlp", max_epochs=20, random_state=3).fit(X, y)
    model = DeepClassifier(architecture="mlp", start_from=source, **STILL).fit(X, labels)
    given, found = parameters(source), parameters(model)
    assert all(torch.equal(found[name], given[name]) for name in given if name.startswith("linear"))
    again = parameters(DeepRegressor(architecture="mlp", start_from=source, **STILL).fit(X, y))
    assert all(torch.equal(again[name], given[name]) for name in given)


def test_each_member_starts_from_one_of_the_source(X, y):
    source = DeepRegressor(architecture="mlp", max_epochs=2, random_state=3, n_members=2).fit(X, y)
    model = DeepRegressor(architecture="mlp", start_from=source, n_members=3, **STILL).fit(X, y)
    for member, network in enumerate(model.networks_):
        assert torch.equal(network.linear_0.weight, source.networks_[member % 2].linear_0.weight)


def test_running_statistics_come_along(X, y):
    params = {"architecture": "mlp", "architecture_params": {"normalization": "batch"}}
    source = DeepRegressor(max_epochs=20, random_state=3, **params).fit(X, y)
    model = DeepRegressor(start_from=source, **STILL, **params).fit(X, y)
    given, found = source.network_.norm_0.running_mean, model.network_.norm_0.running_mean
    assert (found - given).abs().max() < 0.2 * given.abs().max()


@pytest.mark.parametrize(
    "optimizer",
    ["sgd", "momentum_velocity", "momentum_averaged", "nesterov", "adagrad", "adadelta", "rmsprop", "adam", "adamw",
     "nadam", "radam", "lion", torch.optim.AdamW],
)  # fmt: skip
@pytest.mark.parametrize("n_members", [1, 2])
def test_frozen_layers_stay_to_the_bit(optimizer, n_members, X, y):
    source = DeepRegressor(architecture="mlp", max_epochs=5, random_state=3, n_members=n_members).fit(X, y)
    model = DeepRegressor(
        architecture="mlp", start_from=source, freeze=["linear_0", "output.bias"], n_members=n_members,
        optimizer=optimizer, max_epochs=3, random_state=0, l1=0.01, l2=0.01, clip=0.5,
    ).fit(X, y)  # fmt: skip
    for network, given in zip(model.networks_, source.networks_, strict=True):
        assert torch.equal(network.linear_0.weight, given.linear_0.weight)
        assert torch.equal(network.linear_0.bias, given.linear_0.bias)
        assert torch.equal(network.output.bias, given.output.bias)
        assert not torch.equal(network.linear_1.weight, given.linear_1.weight)
        assert not torch.equal(network.output.weight, given.output.weight)


def test_freezing_goes_by_whole_names(X, y):
    with pytest.raises(
        ValueError, match=r"freeze='linear' names no layer: the parameters are linear_0.weight, "
    ):
        DeepRegressor(architecture="mlp", freeze=["linear"], **STILL).fit(X, y)


def test_transfer_refuses_what_does_not_fit(X, y):
    with pytest.raises(
        ValueError, match="start_from must be a fitted deepstat estimator: call its fit first"
    ):
        DeepRegressor(architecture="mlp", start_from=DeepRegressor()).fit(X, y)
    other = DeepRegressor(architecture="linear", **STILL).fit(X, y)
    with pytest.raises(ValueError, match="start_from shares no parameter of equal name and shape"):
        DeepRegressor(architecture="mlp", start_from=other, **STILL).fit(X, y)


class OwnNetwork(nn.Module):
    def __init__(self, inputs, n_outputs, width=4):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(inputs.n_numeric, width), nn.Dropout(0.5), nn.Tanh())
        self.head = nn.Linear(width, n_outputs)

    def forward(self, x):
        return self.head(self.body(x))


def test_a_network_class_of_ones_own_is_an_architecture(X, y):
    settings = {"architecture": OwnNetwork, "architecture_params": {"width": 16}, "learning_rate": 0.03}
    model = DeepRegressor(random_state=0, n_members=2, **settings).fit(X, y)
    assert model.score(X, y) > 0.7
    assert isinstance(model.network_, OwnNetwork)
    assert type(model.network_.body[1]).__module__ == "deepstat.layers.dropout"  # repeatable noise
    np.testing.assert_array_equal(model.predict(X), model.fit(X, y).predict(X))
    with pytest.raises(
        ValueError, match=r"has no option 'widht': its options are width. Did you mean 'width'"
    ):
        DeepRegressor(architecture=OwnNetwork, architecture_params={"widht": 3}).fit(X, y)


NTK = {"architecture": "tabular", "architecture_params": {"parametrization": "ntk"}, "n_members": 1}


def test_the_map_of_an_ntk_layer_is_what_the_initializer_drew(X, y):
    model = DeepRegressor(initializer="he_normal", **NTK, **STILL).fit(X, y)
    weight = parameters(model)["1.linear_1.weight"]
    assert float(weight.std()) / 128**0.5 == pytest.approx(np.sqrt(2 / 128), rel=0.03)


def test_a_network_of_ntk_layers_starts_at_the_log_odds(X, labels):
    rare = (labels == np.unique(labels)[0]).astype(int)
    model = DeepClassifier(early_stopping=False, **NTK, **STILL).fit(X, rare)
    odds = np.log(rare.mean() / (1 - rare.mean()))
    assert float(parameters(model)["1.output.bias"][0]) == pytest.approx(odds, abs=1e-4)
