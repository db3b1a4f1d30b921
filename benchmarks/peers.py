"""The same small regression for everybody: data, network, deepstat, skorch, scikit-learn, a plain loop."""

from __future__ import annotations

import time
import warnings
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from torch import nn

LEARNING_RATE = 1e-3


def make_data(n: int, p: int = 20) -> tuple[np.ndarray, np.ndarray]:
    """Return float32 columns (n, p) and a smooth target (n,) with noise."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, p))
    y = np.sin(X[:, 0]) + X[:, 1] * X[:, 2] + 0.1 * rng.normal(size=n)
    return X.astype(np.float32), y.astype(np.float32)


def make_network(p: int, hidden: Sequence[int]) -> nn.Sequential:
    """Return the network of all peers: affine maps with ReLU between them."""
    sizes = [p, *hidden]
    layers: list[nn.Module] = []
    for before, after in pairwise(sizes):
        layers += [nn.Linear(before, after), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(sizes[-1], 1))


def make_deepstat(hidden: Sequence[int], batch_size: int, **params: Any) -> Any:
    """Return deepstat with the peers' settings: no validation part, constant learning rate, Adam."""
    from deepstat import DeepRegressor

    settings: dict[str, Any] = {
        "architecture": "mlp",
        "n_members": 1,
        "architecture_params": {"hidden_layer_sizes": tuple(hidden)},
        "batch_size": batch_size,
        "optimizer": "adam",
        "learning_rate": LEARNING_RATE,
        "schedule": "constant",
        "early_stopping": False,
        "random_state": 0,
    }
    return DeepRegressor(**{**settings, **params})


def make_skorch(
    p: int, hidden: Sequence[int], batch_size: int, max_epochs: int = 1, device: str = "cpu"
) -> Any:
    """Return skorch's regressor, without validation part and printing."""
    from skorch import NeuralNetRegressor

    torch.manual_seed(0)
    return NeuralNetRegressor(
        make_network(p, hidden),
        optimizer=torch.optim.Adam,
        lr=LEARNING_RATE,
        batch_size=batch_size,
        max_epochs=max_epochs,
        iterator_train__shuffle=True,
        train_split=None,
        verbose=0,
        device=device,
    )


def make_sklearn(hidden: Sequence[int], batch_size: int, max_epochs: int = 1) -> Any:
    """Return scikit-learn's MLPRegressor, which never stops by itself."""
    from sklearn.neural_network import MLPRegressor

    return MLPRegressor(
        hidden_layer_sizes=tuple(hidden),
        batch_size=batch_size,
        max_iter=max_epochs,
        learning_rate_init=LEARNING_RATE,
        alpha=0.0,
        tol=0.0,
        n_iter_no_change=max_epochs + 1,
        random_state=0,
    )


class PlainLoop:
    """What one writes by hand: rows shuffled once an epoch, slices as batches, ``torch.optim.Adam``."""

    def __init__(
        self,
        X: np.ndarray,
        y: np.ndarray,
        hidden: Sequence[int],
        batch_size: int,
        device: str = "cpu",
        **adam: Any,
    ) -> None:
        self.x = torch.from_numpy(X).to(device)
        self.y = torch.from_numpy(y)[:, None].to(device)
        self.batch_size = batch_size
        torch.manual_seed(0)
        self.network = make_network(X.shape[1], hidden).to(device)
        self.optimizer = torch.optim.Adam(self.network.parameters(), lr=LEARNING_RATE, **adam)
        self.loss = nn.MSELoss()

    def epoch(self) -> None:
        """Train on every row once."""
        order = torch.randperm(len(self.x), device=self.x.device)
        x, y = self.x[order], self.y[order]
        for start in range(0, len(x), self.batch_size):
            self.optimizer.zero_grad()
            loss = self.loss(
                self.network(x[start : start + self.batch_size]), y[start : start + self.batch_size]
            )
            loss.backward()
            self.optimizer.step()


def deepstat_epochs(model: Any, X: np.ndarray, y: np.ndarray, n_epochs: int) -> float:
    """Fit and return the median seconds of an epoch of the whole population, the first epoch left out."""
    stamps: list[float] = []
    last = model.n_members - 1

    def on_epoch(member: int, entry: Any) -> None:
        if member == last:
            stamps.append(time.perf_counter())

    model.set_params(on_epoch=on_epoch, max_epochs=n_epochs + 1).fit(X, y)
    return float(np.median(np.diff(stamps)))


def timed_epochs(epoch: Any, n_epochs: int, wait: Any = None) -> float:
    """Return the median seconds of a call of `epoch`; `wait` is called before the clock is read."""
    seconds = []
    for _ in range(n_epochs):
        start = time.perf_counter()
        epoch()
        if wait is not None:
            wait()
        seconds.append(time.perf_counter() - start)
    return float(np.median(seconds))


def quiet() -> None:
    """Leave out the peers' own warnings (not converged, deprecated calls), which are not what is measured."""
    warnings.simplefilter("ignore")
