"""Samples with dropout against the moments of a linear layer, and what must not change."""

import numpy as np
import pytest
import torch
from scipy.stats import norm
from sklearn.datasets import load_diabetes, load_wine
from sklearn.linear_model import Ridge
from torch import nn

from deepstat import DeepClassifier, DeepRegressor
from deepstat.ensembles.predict_with_dropout import predict_with_dropout

X, Y = load_diabetes(return_X_y=True)
WINE, LABELS = load_wine(return_X_y=True)
RATE = 0.3


def thinned_line(inputs, n_outputs, *, dropout=RATE):
    return nn.Sequential(nn.Dropout(dropout), nn.Linear(inputs.width, n_outputs))


def two_layers(inputs, n_outputs, *, dropout=0.5):
    """Add up two dropout layers, whose noise must differ; the weights stay as they start."""

    class Sum(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.second = nn.Dropout(dropout), nn.Dropout(dropout)
            self.last = nn.Linear(inputs.width, n_outputs)

        def forward(self, x):
            return self.last(self.first(x) - self.second(x))

    return Sum()


@pytest.fixture(scope="module")
def line():
    return DeepRegressor(architecture=thinned_line, max_epochs=30, random_state=0).fit(X, Y)


def pieces(model):
    """Return w_j x_j of each row, in units of the target."""
    center, inverse_scale = model.schema_.affine()
    weight = model.network_[1].weight.detach().numpy()[0]
    return (X - center) * inverse_scale * weight * model.target_.scale[0]


def test_samples_of_a_linear_layer_have_the_moments_of_theory(line):
    n = 20_000
    samples = predict_with_dropout(line, X[:5], n_samples=n, random_state=0)
    parts = pieces(line)[:5]
    mean, variance = line.predict(X[:5]), RATE / (1 - RATE) * (parts**2).sum(axis=1)
    z = (samples.mean(axis=0) - mean) / np.sqrt(variance / n)
    assert np.abs(z).max() < norm.ppf(1 - 1e-4)
    np.testing.assert_allclose(samples.var(axis=0), variance, rtol=0.05)


def test_rows_of_a_sample_share_their_mask(line):
    """So samples are functions: the covariance of two rows is p / (1 - p) sum of w^2 x x'."""
    samples = predict_with_dropout(line, X[:2], n_samples=20_000, random_state=0)
    parts = pieces(line)
    covariance = RATE / (1 - RATE) * (parts[0] * parts[1]).sum()
    spread = np.sqrt(np.prod(samples.var(axis=0)))
    assert np.cov(samples.T)[0, 1] / spread == pytest.approx(covariance / spread, abs=0.03)


def test_a_row_is_sampled_alike_whatever_rows_are_beside_it(line):
    whole = predict_with_dropout(line, X, n_samples=7, random_state=1)
    np.testing.assert_allclose(
        predict_with_dropout(line, X[100:103], n_samples=7, random_state=1), whole[:, 100:103], rtol=1e-12
    )
    np.testing.assert_array_equal(predict_with_dropout(line, X, n_samples=3, random_state=1), whole[:3])
    assert not np.allclose(predict_with_dropout(line, X, n_samples=7, random_state=2), whole)


def test_dropout_layers_draw_noise_of_their_own():
    model = DeepRegressor(architecture=two_layers, max_epochs=1, random_state=0).fit(X, Y)
    assert predict_with_dropout(model, X, n_samples=20, random_state=0).std(axis=0).min() > 0


def test_predictions_and_generators_are_left_alone(line):
    before, state = line.predict(X), torch.get_rng_state()
    predict_with_dropout(line, X, n_samples=3, random_state=0)
    np.testing.assert_array_equal(line.predict(X), before)
    assert torch.equal(torch.get_rng_state(), state)
    assert len(line.networks_) == len(line.schemas_) == 1


def test_batch_norm_is_in_prediction_mode():
    params = {"hidden_layer_sizes": (8,), "dropout": 0.2, "normalization": "batch"}
    model = DeepRegressor(architecture="mlp", architecture_params=params, max_epochs=5, random_state=0).fit(
        X, Y
    )
    statistics = {name: value.clone() for name, value in model.network_.named_buffers()}
    whole = predict_with_dropout(model, X, n_samples=4, random_state=0)
    np.testing.assert_allclose(
        predict_with_dropout(model, X[:1], n_samples=4, random_state=0), whole[:, :1], rtol=1e-9
    )
    assert all(torch.equal(value, statistics[name]) for name, value in model.network_.named_buffers())


def test_members_take_turns_and_classes_give_probabilities():
    params = {"hidden_layer_sizes": (8,), "dropout": 0.2}
    model = DeepClassifier(
        architecture="mlp", architecture_params=params, n_members=2, max_epochs=5, random_state=0
    ).fit(WINE, LABELS)
    samples = predict_with_dropout(model, WINE.astype(np.float32), n_samples=5, random_state=0)
    assert samples.shape == (5, 178, 3)
    assert samples.dtype == np.float32
    np.testing.assert_allclose(samples.sum(axis=2), 1.0, rtol=1e-5)
    far = np.linalg.norm(samples[:, None] - samples[None], axis=(2, 3))
    assert far[0, 2] < far[0, 1]  # of the same member, and of different ones


def test_what_cannot_be_sampled_is_told():
    plain = DeepRegressor(architecture="mlp", max_epochs=1).fit(X, Y)
    with pytest.raises(ValueError, match="The network has no dropout"):
        predict_with_dropout(plain, X)
    off = DeepRegressor(max_epochs=1, architecture=thinned_line, architecture_params={"dropout": 0.0}).fit(
        X, Y
    )
    with pytest.raises(ValueError, match="The network has no dropout"):
        predict_with_dropout(off, X)
    with pytest.raises(TypeError, match="got a Ridge"):
        predict_with_dropout(Ridge(), X)
    params = {"dropout": 0.2}
    hinge = DeepClassifier(architecture="mlp", loss="hinge", architecture_params=params, max_epochs=1).fit(
        WINE, LABELS
    )
    with pytest.raises(ValueError, match="gives no probabilities to sample"):
        predict_with_dropout(hinge, WINE)
    with pytest.raises(ValueError, match="n_samples=0"):
        predict_with_dropout(hinge, WINE, n_samples=0)
