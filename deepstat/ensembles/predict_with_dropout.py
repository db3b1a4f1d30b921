"""Predict with dropout left on: the spread over thinned networks of one fit."""

from __future__ import annotations

import copy
from functools import partial
from typing import Any

import torch
from numpy.typing import NDArray
from sklearn.utils.validation import check_is_fitted
from torch import Tensor, nn

from deepstat.estimators.deep import DeepEstimator
from deepstat.estimators.probabilities import has_probabilities
from deepstat.estimators.settings import draw_seed
from deepstat.layers.dropout import Dropout, dropout_layers, number_dropout_layers
from deepstat.training.seed import DROPOUT, mix


def predict_with_dropout(
    estimator: DeepEstimator, X: Any, *, n_samples: int = 100, random_state: Any = None
) -> NDArray[Any]:
    """Predict by many thinned networks: the fitted one with entries dropped as in training.

    Each sample is one network, that is one mask, for all rows: a sample is a function of X, and a row's values do not
    depend on the rows beside it. Everything else (batch norm) is in prediction mode. With several members the
    samples take turns among them.

    A quick heuristic for how much a prediction hangs on single units. Its size is set by the dropout rate as much as by
    the data, and does not shrink as rows grow in number; no coverage follows from it.

    Parameters
    ----------
    estimator : DeepRegressor or DeepClassifier
        Fitted, of a network with dropout.
    X : table of shape (n, p)
    n_samples : int
    random_state : int, RandomState or None

    Returns
    -------
    ndarray of shape (n_samples, n) or (n_samples, n, k)
        Predictions in units of the target, or probabilities (n_samples, n, n_classes).

    Raises
    ------
    TypeError
        The estimator is none of this package.
    ValueError
        The network has no dropout; its loss gives no probabilities; or `n_samples` is not positive.

    References
    ----------
    Gal and Ghahramani (2016), Dropout as a Bayesian approximation: representing model uncertainty in deep learning,
    ICML. Osband (2016), Risk versus uncertainty in deep learning, for what is wrong with it.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from deepstat import DeepRegressor
    >>> X, y = load_diabetes(return_X_y=True)
    >>> model = DeepRegressor(architecture_params={"dropout": 0.1}, max_epochs=5, random_state=0).fit(X, y)
    >>> samples = predict_with_dropout(model, X[:4], n_samples=20, random_state=0)
    >>> samples.shape, bool((samples.std(axis=0) > 0).all())
    ((20, 4), True)
    """
    if not isinstance(estimator, DeepEstimator) or not hasattr(estimator, "_members"):
        raise TypeError(
            f"predict_with_dropout got a {type(estimator).__name__}, but takes a DeepRegressor or DeepClassifier: for "
            "an ensemble, give its estimators_ one by one."
        )
    check_is_fitted(estimator, "members_")
    if n_samples < 1:
        raise ValueError(f"n_samples={n_samples!r} must be a positive number.")
    if estimator._task == "classification" and not has_probabilities(estimator._recipe["loss"]):
        raise ValueError(
            f"loss={estimator._recipe['loss']!r} gives no probabilities to sample: use 'cross_entropy' or 'focal'."
        )
    thinned = [_thinned(network) for network in estimator.networks_]
    seed = draw_seed(random_state)
    turns = [sample % len(thinned) for sample in range(n_samples)]
    sampled = copy.copy(estimator)  # whose members are the samples: rows are encoded once for all of them
    sampled.schemas_ = [estimator.schemas_[member] for member in turns]
    sampled.targets_ = [estimator.targets_[member] for member in turns]
    sampled._networks = [
        partial(_run, thinned[member], mix(seed, DROPOUT, sample)) for sample, member in enumerate(turns)
    ]
    found, dtype = sampled._members(X)
    found = found.reshape(n_samples, -1, *found.shape[1:]).mean(axis=1)  # heads are one network
    return found.astype(dtype, copy=False)


def _thinned(network: nn.Module) -> nn.Module:
    """Return a copy whose dropout layers drop the same entries of every row."""
    network = copy.deepcopy(network).eval()
    layers = dropout_layers(network)
    if not any(float(layer.p) > 0 for layer in layers.values()):
        raise ValueError(
            "The network has no dropout, so there is nothing to sample: fit with architecture_params={'dropout': 0.1}, "
            "or use an ensemble for the spread between fits."
        )
    number_dropout_layers(network)
    for path, layer in layers.items():
        if not path:
            return _OneMask(layer)
        network.set_submodule(path, _OneMask(layer))
    return network


def _run(network: nn.Module, seed: int, x: Tensor) -> Tensor:
    for module in network.modules():
        if isinstance(module, Dropout):
            module.seed.fill_(seed)
    return network(x)


class _OneMask(nn.Module):
    """A dropout layer that is always on and draws one mask for all rows."""

    def __init__(self, layer: Dropout) -> None:
        super().__init__()
        self.layer = layer.train()

    def forward(self, x: Tensor) -> Tensor:
        return x * self.layer(torch.ones_like(x[:1]))
