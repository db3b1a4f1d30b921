"""Nine more tables, from installed packages or simulated, on which settings are chosen beside the ten.

Four come with scikit-learn, two with statsmodels, three are simulated: Friedman's first function, steps and
interactions with heavy-tailed columns, and classes that four of forty columns decide.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd

from benchmarks.datasets import MOST_TRAINING_ROWS, Split, split_table

Loaded = tuple[pd.DataFrame, np.ndarray]


def from_sklearn(name: str, kind: type) -> Loaded:
    """Return a table of scikit-learn, its target as `kind`."""
    from sklearn import datasets

    table = getattr(datasets, f"load_{name}")(as_frame=True)
    return table.data, table.target.to_numpy(kind)


def fair() -> Loaded:
    """Return Fair's survey of 6,366 women: whether there was an affair."""
    from statsmodels.datasets import fair as source

    table = source.load_pandas().data
    return table.drop(columns="affairs"), (table["affairs"] > 0).to_numpy(int)


def randhie() -> Loaded:
    """Return RAND's health insurance experiment: log(1 + visits to a doctor)."""
    from statsmodels.datasets import randhie as source

    table = source.load_pandas().data
    return table.drop(columns="mdvis"), np.log1p(table["mdvis"].to_numpy(float))


def named(X: np.ndarray) -> pd.DataFrame:
    """Return columns x0, x1 and so on."""
    return pd.DataFrame(X, columns=[f"x{j}" for j in range(X.shape[1])])


def friedman() -> Loaded:
    """Return 2,000 rows of Friedman's first function: five columns that matter, five that do not."""
    rng = np.random.default_rng(0)
    X = rng.random((2_000, 10))
    smooth = 10 * np.sin(np.pi * X[:, 0] * X[:, 1]) + 20 * (X[:, 2] - 0.5) ** 2
    return named(X), smooth + 10 * X[:, 3] + 5 * X[:, 4] + rng.normal(size=len(X))


def steps() -> Loaded:
    """Return 4,000 rows of steps and interactions; half of the columns are log-normal."""
    rng = np.random.default_rng(1)
    X = rng.normal(size=(4_000, 12))
    X[:, 6:] = np.exp(X[:, 6:])
    y = 2.0 * (X[:, 0] > 0.3) * (X[:, 1] < 0.5) + 1.5 * (X[:, 6] > 2) - (X[:, 2] > 1) * X[:, 3]
    return named(X), y + 0.3 * X[:, 4] + 0.5 * rng.normal(size=len(X))


def heavy_tails() -> Loaded:
    """Return 4,000 rows of eight Cauchy columns, two of which matter."""
    rng = np.random.default_rng(3)
    X = rng.standard_cauchy(size=(4_000, 8))
    return named(X), np.tanh(X[:, 0]) + np.sign(X[:, 1]) + 0.3 * rng.normal(size=len(X))


def sparse_classes() -> Loaded:
    """Return 3,000 rows of two classes decided by four of forty columns; every fifth column is rounded."""
    rng = np.random.default_rng(2)
    X = rng.normal(size=(3_000, 40))
    X[:, ::5] = np.round(X[:, ::5])
    score = 1.5 * (X[:, 0] * X[:, 1] + np.sin(2 * X[:, 2]) + 0.5 * X[:, 5] - 0.5)
    return named(X), (rng.random(len(X)) < 1 / (1 + np.exp(-score))).astype(int)


# Name: task and loader.
OWN: dict[str, tuple[str, Callable[[], Loaded]]] = {
    "diabetes": ("regression", lambda: from_sklearn("diabetes", float)),
    "breast_cancer": ("classification", lambda: from_sklearn("breast_cancer", int)),
    "wine": ("classification", lambda: from_sklearn("wine", int)),
    "digits": ("classification", lambda: from_sklearn("digits", int)),
    "fair": ("classification", fair),
    "randhie": ("regression", randhie),
    "friedman": ("regression", friedman),
    "steps": ("regression", steps),
    "heavy_tails": ("regression", heavy_tails),
    "sparse_classes": ("classification", sparse_classes),
}

# Sets that resemble each other: settings chosen on one of a family know something of the others.
FAMILIES = {
    "engineering": ("concrete", "energy", "kin8nm", "power", "yacht"),
    "surveyed": ("abalone", "california"),
    "classes": ("phoneme", "german", "adult"),
    "scikit-learn": ("diabetes", "breast_cancer", "wine", "digits"),
    "statsmodels": ("fair", "randhie"),
    "simulated": ("friedman", "steps", "heavy_tails", "sparse_classes"),
}


def family_of(name: str) -> str:
    """Return the family of a set; a set of none is a family of its own."""
    return next((family for family, names in FAMILIES.items() if name in names), name)


def own_splits(name: str, n_splits: int = 2, most: int | None = MOST_TRAINING_ROWS) -> Iterator[Split]:
    """Yield splits of one of `OWN`, made as those of :func:`benchmarks.datasets.splits`.

    Parameters
    ----------
    name : str
    n_splits : int
    most : int or None
        Most training rows; None: all.
    """
    task, load = OWN[name]
    yield from split_table(name, task, *load(), n_splits, most)
