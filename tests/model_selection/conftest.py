import signal
import threading
import time

import numpy as np
import pytest
from sklearn import datasets

from deepstat import DeepClassifier, DeepRegressor, population

# Small, but with everything that could differ between a fit alone and in company: dropout, batches, early stopping.
SETTINGS = {
    "architecture": "mlp",
    "architecture_params": {"hidden_layer_sizes": (6,), "dropout": 0.2},
    "max_epochs": 3,
    "batch_size": 32,
    "early_stopping": True,
    "compile": False,
    "random_state": 0,
}


def deep_regressor(**settings):
    return DeepRegressor(**{**SETTINGS, **settings})


def deep_classifier(**settings):
    return DeepClassifier(**{**SETTINGS, **settings})


@pytest.fixture(autouse=True)
def interruptible():
    """Let Ctrl-C interrupt: a process started in the background of a shell ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(scope="session")
def regressor():
    return deep_regressor


@pytest.fixture(scope="session")
def classifier():
    return deep_classifier


def _table(name):
    if name == "engel":
        from statsmodels.datasets import engel

        frame = engel.load_pandas().data
        return frame[["income"]].to_numpy(), frame["foodexp"].to_numpy()
    X, y = getattr(datasets, f"load_{name}")(return_X_y=True)
    return X.astype(float), y


@pytest.fixture(scope="session")
def tables():
    """Five real data sets by name: two regressions, three classifications."""
    return {name: _table(name) for name in ("diabetes", "engel", "breast_cancer", "wine", "iris")}


@pytest.fixture(scope="session")
def model(tables, regressor, classifier):
    """Return a maker of (estimator, X, y) for a table's name."""

    def make(name, **settings):
        X, y = tables[name]
        return (classifier if name in ("breast_cancer", "wine", "iris") else regressor)(**settings), X, y

    return make


def flat(result):
    """Return all numbers of a result but the times, as one vector."""
    if isinstance(result, dict):
        kept = [value for name, value in result.items() if "time" not in name]
        return np.concatenate([flat(value) for value in kept]) if kept else np.zeros(0)
    if isinstance(result, (list, tuple)) and not all(np.isscalar(value) for value in result):
        return np.concatenate([flat(value) for value in result])
    array = np.asarray(result)
    return array.astype(float).ravel() if array.dtype.kind in "fiub" else np.zeros(0)


@pytest.fixture(scope="session")
def same():
    """Return a check that a call gives the same numbers in a population, to 1e-8; it returns the rounds' fits."""

    def check(call, **settings):
        alone = flat(call())
        with population(**settings) as together:
            in_company = flat(call())
        assert alone.size
        np.testing.assert_allclose(in_company, alone, rtol=1e-8, atol=1e-8)
        return [each.n_fits for each in together.rounds]

    return check


def tasks_alive():
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("deepstat-task")]


@pytest.fixture(autouse=True)
def no_task_stays():
    yield
    deadline = time.monotonic() + 5
    while tasks_alive() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert tasks_alive() == []
