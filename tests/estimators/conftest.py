"""Small tables that the tests of the estimators share."""

import numpy as np
import pytest
import torch


@pytest.fixture(autouse=True, scope="session")
def one_thread():
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def X():
    return np.random.default_rng(0).normal(size=(60, 3))


@pytest.fixture(scope="session")
def y(X):
    return X @ [1.0, 2.0, -1.0] + 0.1 * np.random.default_rng(1).normal(size=len(X))


@pytest.fixture(scope="session")
def labels(y):
    return np.where(y > 0, "yes", "no")


@pytest.fixture(scope="session")
def three(y):
    return np.array(["low", "mid", "top"])[np.digitize(y, [-1.0, 1.0])]
