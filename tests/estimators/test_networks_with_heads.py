"""Heads are averaged as members of an ensemble are, everywhere; where they cannot be, they are refused."""

import numpy as np
import pandas as pd
import pytest
import torch
from scipy import stats
from scipy.special import expit, softmax
from sklearn.model_selection import cross_val_predict
from torch import nn

import deepstat
from deepstat import (
    DeepClassifier,
    DeepDistributionRegressor,
    DeepQuantileRegressor,
    DeepRegressor,
    EnsembleClassifier,
)
from deepstat.architectures.tabm import tabm
from deepstat.data.inputs import Inputs
from deepstat.data.table import check_table
from deepstat.ensembles.predict_with_dropout import predict_with_dropout
from deepstat.estimators.network import start_at
from deepstat.layers.with_constants import WithConstants

HEADS = 3
DRAW = np.random.default_rng(0)
X = DRAW.normal(size=(140, 3))
Y = 50 + 10 * (np.sin(X[:, 0]) + X[:, 1] * X[:, 2]) + DRAW.normal(size=140)
THREE = np.array(["a", "b", "c"])[np.digitize(Y, [45.0, 55.0])]
FAST = {
    "architecture": "tabm",
    "architecture_params": {"n_heads": HEADS, "width": 8, "dropout": 0.1},
    "max_epochs": 3,
    "learning_rate": 0.02,
    "precision": "float64",
    "random_state": 0,
}


def raw_of(model, m=0):
    """Return the heads' raw outputs (H, n, k) by the network itself."""
    x = torch.from_numpy(model.schemas_[m].encode(check_table(X), np.dtype("float64")))
    with torch.no_grad():
        return model.networks_[m](x).numpy().swapaxes(0, 1)


def test_means_average_over_heads_and_members():
    model = DeepRegressor(n_members=2, **FAST).fit(X, Y)
    parts = [raw_of(model, m) * t.scale[0] + t.center[0] for m, t in enumerate(model.targets_)]
    np.testing.assert_allclose(model.predict(X), np.concatenate(parts).mean(0)[:, 0])
    assert model.networks_[0].n_heads == HEADS


def test_several_outputs_average_over_heads():
    model = DeepRegressor(loss="huber", **FAST).fit(X, np.c_[Y, -Y])
    expected = raw_of(model).mean(0) * model.target_.scale + model.target_.center
    np.testing.assert_allclose(model.predict(X), expected)
    assert model.residual_scale_.shape == (1, 2)


def test_poisson_means_are_averaged_and_not_their_logarithms():
    model = DeepRegressor(loss="poisson", **FAST).fit(X, np.round(np.abs(Y)))
    raw = raw_of(model)[:, :, 0]
    np.testing.assert_allclose(model.predict(X), np.exp(raw).mean(0) * model.target_.scale[0])
    assert np.abs(np.exp(raw.mean(0)) * model.target_.scale[0] - model.predict(X)).max() > 1e-6


@pytest.mark.parametrize("y", [THREE, THREE == "a"], ids=["three", "two"])
def test_probabilities_are_averaged_over_heads_and_decide_the_class(y):
    model = DeepClassifier(**FAST).fit(X, y)
    raw = raw_of(model)
    heads = softmax(raw, axis=2) if raw.shape[2] > 1 else np.concatenate([expit(-raw), expit(raw)], axis=2)
    p = heads.mean(0)
    np.testing.assert_allclose(model.predict_proba(X), p)
    np.testing.assert_allclose(model.predict_raw_proba(X), p)
    np.testing.assert_array_equal(model.predict(X), model.classes_[p.argmax(1)])
    score = model.decision_function(X)
    expected = np.log(p[:, 1] / p[:, 0]) if raw.shape[2] == 1 else np.log(p)
    np.testing.assert_allclose(score, expected)


def test_losses_without_probabilities_average_scores():
    model = DeepClassifier(loss="hinge", **FAST).fit(X, THREE)
    np.testing.assert_allclose(model.decision_function(X), raw_of(model).mean(0))


def test_quantiles_are_averaged_over_heads():
    model = DeepQuantileRegressor(quantiles=[0.1, 0.5, 0.9], **FAST).fit(X, Y)
    curves = [model._resolved().target.curves(torch.from_numpy(own)).numpy() for own in raw_of(model)]
    expected = np.mean(curves, axis=0) * model.target_.scale[0] + model.target_.center[0]
    np.testing.assert_allclose(model.predict_quantiles(X), expected)
    assert (np.diff(model.predict_quantiles(X), axis=1) >= 0).all()


@pytest.mark.parametrize("constant", [None, ["scale"]], ids=["by row", "constant"])
def test_distributions_of_heads_are_mixed(constant):
    model = DeepDistributionRegressor(constant=constant, **FAST).fit(X, Y)
    found = model.predict_distribution(X)
    assert found.n_members == HEADS
    raw, target = raw_of(model), model.target_
    center, scale = target.center[0], target.scale[0]
    heads = [model._distribution(own[None]) for own in raw]
    means = raw[:, :, 0] * scale + center
    spreads = np.sqrt([own.variance for own in heads])
    np.testing.assert_allclose(found.mean, means.mean(0))
    density = stats.norm(means, spreads).pdf(Y).mean(0)
    np.testing.assert_allclose(found.log_prob(Y), np.log(density), rtol=1e-6)
    if constant:
        np.testing.assert_allclose(spreads, spreads.flat[0])


def test_uncertainty_tells_spread_between_heads_from_that_within():
    model = DeepDistributionRegressor(**FAST).fit(X, Y)
    found = model.predict_distribution(X)
    heads = [model._distribution(own[None]) for own in raw_of(model)]
    within = np.mean([own.variance for own in heads], axis=0)
    between = np.var([own.mean for own in heads], axis=0)
    np.testing.assert_allclose(found.variance, within + between)


@pytest.mark.parametrize("shared", ["full", "mini"])
@pytest.mark.parametrize("flat", [False, True])
def test_the_start_reaches_every_heads_output_layer_and_nothing_else(shared, flat):
    network = WithConstants(tabm(Inputs(3), 2, n_heads=HEADS, width=2, shared=shared), 1)
    before = {name: value.detach().clone() for name, value in network.named_parameters()}
    start_at(network, torch.tensor([5.0, -1.0, 0.5]), 2, flat=flat)
    after = dict(network.named_parameters())
    if flat:
        expected = torch.tensor([5.0, -1.0, 0.5]).expand(4, HEADS, 3)
        torch.testing.assert_close(network.eval()(torch.randn(4, 3)), expected)
    else:
        moved = after["network.output.bias"] - before["network.output.bias"]
        torch.testing.assert_close(moved, torch.tensor([5.0, -1.0]).expand(HEADS, 2))
    for name, value in before.items():
        if name not in ("constants", "network.output.bias", "network.output.weight"):
            assert torch.equal(value, after[name])


def test_distributions_start_flat_in_every_head():
    model = DeepDistributionRegressor(**FAST | {"learning_rate": 1e-12, "max_epochs": 1}).fit(X, Y)
    raw = raw_of(model)
    np.testing.assert_allclose(raw, np.broadcast_to(raw[:1, :1], raw.shape), atol=1e-9)


def test_an_initializer_draws_every_head_by_itself():
    settings = FAST | {"learning_rate": 1e-12, "max_epochs": 1}
    model = DeepRegressor(initializer="orthogonal", initializer_params={"bias": 0.25}, **settings).fit(
        X, np.c_[Y, -Y]
    )
    shared = model.network_.linear_1.weight.detach()
    torch.testing.assert_close(
        shared @ shared.T / (shared @ shared.T)[0, 0], torch.eye(8).double(), atol=1e-6, rtol=0
    )
    for head in model.network_.output.weight.detach():
        torch.testing.assert_close(head @ head.T, torch.eye(2).double(), atol=1e-6, rtol=0)
    for name in ("linear_0", "linear_1", "output"):
        torch.testing.assert_close(
            model.network_.get_parameter(f"{name}.bias"),
            torch.full_like(model.network_.get_parameter(f"{name}.bias"), 0.25),
        )


def test_a_loaded_model_predicts_the_same_and_goes_on(tmp_path):
    for cls, y in ((DeepRegressor, Y), (DeepClassifier, THREE), (DeepDistributionRegressor, Y)):
        model = cls(**FAST).fit(X, y)
        deepstat.save(model, tmp_path / cls.__name__)
        twin = deepstat.load(tmp_path / cls.__name__)
        np.testing.assert_array_equal(twin.predict(X), model.predict(X))
        np.testing.assert_array_equal(twin.partial_fit(X, y).predict(X), model.partial_fit(X, y).predict(X))


def test_many_rows_are_predicted_in_parts(monkeypatch):
    model = DeepRegressor(**FAST).fit(X, Y)
    whole = model.predict(X)
    monkeypatch.setattr("deepstat.estimators.network_estimator.CHUNK", 30)
    np.testing.assert_allclose(model.predict(X), whole, rtol=1e-12)


def test_samples_with_dropout_average_over_heads():
    model = DeepRegressor(**FAST).fit(X, Y)
    samples = predict_with_dropout(model, X, n_samples=5, random_state=0)
    assert samples.shape == (5, len(X))
    part = predict_with_dropout(model, X[:7], n_samples=5, random_state=0)
    np.testing.assert_allclose(samples[:, :7], part)  # one mask for all rows
    assert (samples.std(axis=0) > 0).all()
    classes = predict_with_dropout(DeepClassifier(**FAST).fit(X, THREE), X, n_samples=4, random_state=0)
    np.testing.assert_allclose(classes.sum(2), 1.0)


def test_ensembles_of_networks_with_heads_equal_their_members():
    model = EnsembleClassifier(DeepClassifier(**FAST), n_members=2, random_state=0).fit(X, THREE)
    expected = np.mean([own.predict_proba(X) for own in model.estimators_], axis=0)
    np.testing.assert_allclose(model.predict_proba(X), expected)


def test_whole_fits_of_members_equal_solo_fits():
    """The members' losses, those of validation rows included, are those of fits alone."""
    with deepstat.population():
        model = DeepRegressor(**FAST | {"early_stopping": True, "max_epochs": 5})
        together = cross_val_predict(model, X, Y, cv=3)
    alone = cross_val_predict(model, X, Y, cv=3)
    np.testing.assert_allclose(together, alone, rtol=1e-9)


def test_epochs_are_judged_by_the_refinement_of_the_heads_mean_probabilities():
    settings = FAST | {"early_stopping": True, "stop_by": "refinement", "validation_fraction": 0.4}
    model = DeepClassifier(**settings).fit(X, THREE)
    for epoch in model.history_:
        assert 0 < epoch["refined_loss"] < epoch["validation_loss"]  # of the mean, and calibrated


@pytest.mark.parametrize("cls", [DeepRegressor, DeepDistributionRegressor])
def test_a_deep_term_with_heads_is_refused_in_one_sentence(cls):
    frame = pd.DataFrame(X, columns=["u", "v", "w"]).assign(y=Y)
    formula = "y ~ u + deep(v, w)" if cls is DeepRegressor else {"loc": "y ~ u + deep(v, w)", "scale": "~ 1"}
    with pytest.raises(ValueError, match="heads, as 'tabm' has them, are averaged as predictions"):
        cls(formula=formula, **FAST).fit(frame)


class Attention(nn.Module):
    """Counts heads of attention, and returns one prediction."""

    def __init__(self, inputs, n_outputs, n_heads=2, third_axis=False, says=True):
        super().__init__()
        self.linear = nn.Linear(inputs.width, n_outputs)
        self.third_axis = third_axis
        if says:
            self.n_heads = n_heads

    def forward(self, x):
        raw = self.linear(x)
        return raw.unsqueeze(1).expand(-1, 2, -1) if self.third_axis else raw


def test_a_network_that_counts_other_heads_is_an_ordinary_one():
    plain = DeepRegressor(
        architecture=lambda inputs, k: nn.Linear(inputs.width, k),
        max_epochs=3,
        precision="float64",
        random_state=0,
    )
    other = DeepRegressor(
        architecture=lambda inputs, k: Attention(inputs, k), max_epochs=3, precision="float64", random_state=0
    )
    np.testing.assert_allclose(other.fit(X, Y).predict(X), plain.fit(X, Y).predict(X))


def test_a_third_axis_that_no_attribute_announces_is_refused():
    model = DeepRegressor(architecture=lambda inputs, k: Attention(inputs, k, third_axis=True, says=False))
    with pytest.raises(
        ValueError, match=r"returned shape \(2, 2, 1\) for 2 rows, but this target needs \(2, 1\)"
    ):
        model.fit(X, Y)


def test_equal_heads_train_as_one_network():
    one = DeepRegressor(
        architecture=lambda inputs, k: Attention(inputs, k), max_epochs=5, precision="float64", random_state=0
    )
    two = DeepRegressor(
        architecture=lambda inputs, k: Attention(inputs, k, third_axis=True),
        max_epochs=5,
        precision="float64",
        random_state=0,
    )
    np.testing.assert_allclose(two.fit(X, Y).predict(X), one.fit(X, Y).predict(X), rtol=1e-9)
    assert [own["loss"] for own in two.history_] == pytest.approx([own["loss"] for own in one.history_])
