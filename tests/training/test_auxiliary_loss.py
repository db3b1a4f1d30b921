"""What layers add to the loss reaches the gradient, alone and in a population."""

import numpy as np
import pytest
import torch

from deepstat import DeepRegressor
from deepstat.layers.pooling.with_auxiliary_loss import WithAuxiliaryLoss


class Penalised(WithAuxiliaryLoss):
    """An affine map that adds half its squared weights, times a factor, to the loss in training."""

    def __init__(self, width, n_outputs, factor):
        super().__init__()
        self.linear = torch.nn.Linear(width, n_outputs)
        self.factor = factor

    def forward(self, x):
        self.auxiliary_loss = self.factor / 2 * self.linear.weight.square().sum() if self.training else None
        return self.linear(x)


def penalised(inputs, n_outputs, *, factor=0.0):
    return Penalised(inputs.width, n_outputs, factor)


@pytest.mark.parametrize("n_members", [1, 3])
@pytest.mark.parametrize("max_epochs", [5, 210])  # a few steps are run as they are, many are traced
def test_a_penalty_added_by_a_layer_is_the_penalty_of_the_estimator(n_members, max_epochs):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(40, 3))
    y = X @ [1.0, -2.0, 0.5] + rng.normal(size=40)
    kwargs = {
        "architecture": penalised,
        "n_members": n_members,
        "max_epochs": max_epochs,
        "compile": False,
        "random_state": 0,
    }
    by_layer = DeepRegressor(architecture_params={"factor": 0.7}, **kwargs).fit(X, y)
    by_estimator = DeepRegressor(l2=0.7, **kwargs).fit(X, y)
    without = DeepRegressor(**kwargs).fit(X, y)
    np.testing.assert_allclose(by_layer.predict(X), by_estimator.predict(X), rtol=1e-9)
    assert not np.allclose(by_layer.predict(X), without.predict(X), rtol=1e-3)
    assert (
        by_layer.history_[0]["loss"] > without.history_[0]["loss"]
    )  # the loss reported is the loss trained on
