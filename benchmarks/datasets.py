"""The ten tables of the benchmark of default models, read from the folder that ``DEEPSTAT_DATA`` names.

The folder is no part of the package; its README says where each table comes from. Columns of text become pandas
categories; what is missing stays missing.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

REGRESSION = ("concrete", "energy", "kin8nm", "power", "yacht", "abalone", "california")
CLASSIFICATION = ("phoneme", "german", "adult")
NAMES = REGRESSION + CLASSIFICATION
SPLIT_SEED = 7
TEST_SHARE = 0.25
MOST_TRAINING_ROWS = 4_000


@dataclass(frozen=True)
class Split:
    """One training and test part.

    Attributes
    ----------
    name : str
    number : int
        Of the split, from 0.
    task : {"regression", "classification"}
    X_train, X_test : DataFrame
    y_train, y_test : ndarray
        Numbers, or integer classes.
    """

    name: str
    number: int
    task: str
    X_train: pd.DataFrame
    X_test: pd.DataFrame
    y_train: np.ndarray
    y_test: np.ndarray


def data_folder() -> Path | None:
    """Return the folder of the tables, or None where there is none."""
    folder = Path(os.environ.get("DEEPSTAT_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))
    return folder if (folder / "tabular").is_dir() and (folder / "uci_regression").is_dir() else None


def load(name: str) -> tuple[pd.DataFrame, np.ndarray]:
    """Return columns and target of a table.

    Parameters
    ----------
    name : str
        One of `NAMES`.

    Returns
    -------
    X : DataFrame
    y : ndarray of shape (n,)
        Numbers, or integer classes.
    """
    folder = data_folder()
    if folder is None:
        raise FileNotFoundError("The folder of tables was not found: set DEEPSTAT_DATA to it.")
    tables = folder / "tabular"
    if name in ("concrete", "energy", "kin8nm", "power", "yacht"):
        with np.load(folder / "uci_regression" / f"{name}.npz", allow_pickle=False) as stored:
            X, y = stored["X"], stored["y"].ravel()
        return pd.DataFrame(X, columns=[f"x{j}" for j in range(X.shape[1])]), y.astype(float)
    if name == "california":
        frame = pd.read_csv(tables / "california_housing.csv.gz")
        return frame.drop(columns="medianHouseValue"), frame["medianHouseValue"].to_numpy(float)
    if name == "adult":
        parts = [
            pd.read_csv(
                tables / f"adult_{part}.csv.gz",
                header=None,
                skipinitialspace=True,
                na_values="?",
                comment="|",
            )
            for part in ("train", "test")
        ]
        frame = pd.concat(parts, ignore_index=True)
    else:
        file = {"abalone": "abalone.csv.gz", "phoneme": "phoneme.csv.gz", "german": "german.csv"}[name]
        frame = pd.read_csv(tables / file, header=None)
    *columns, last = frame.columns
    X = frame[columns].rename(columns=lambda j: f"x{j}")
    for column in X.columns:
        if not pd.api.types.is_numeric_dtype(X[column]):
            X[column] = X[column].astype("category")
    if name == "abalone":
        return X, frame[last].to_numpy(float)
    target = frame[last].astype(str).str.strip(" .")
    return X, np.unique(target.to_numpy(str), return_inverse=True)[1]


def splits(name: str, n_splits: int = 2, most: int | None = MOST_TRAINING_ROWS) -> Iterator[Split]:
    """Yield random 75/25 splits of a table, at most `most` rows of the training part kept.

    One generator of a fixed seed draws all splits of a table, so the first ones do not depend on how many are asked
    for.

    Parameters
    ----------
    name : str
    n_splits : int
    most : int or None
        None: every row of the training part.
    """
    X, y = load(name)
    yield from split_table(
        name, "regression" if name in REGRESSION else "classification", X, y, n_splits, most
    )


def split_table(
    name: str, task: str, X: pd.DataFrame, y: np.ndarray, n_splits: int, most: int | None
) -> Iterator[Split]:
    """Yield the splits of any table, as :func:`splits` makes them.

    Parameters
    ----------
    name : str
    task : {"regression", "classification"}
    X : DataFrame
    y : ndarray of shape (n,)
    n_splits : int
    most : int or None
        None: every row of the training part.
    """
    rng = np.random.default_rng(SPLIT_SEED)
    for number in range(n_splits):
        order = rng.permutation(len(y))
        n_test = round(TEST_SHARE * len(y))
        test, train = order[:n_test], order[n_test:][:most]
        yield Split(
            name=name,
            number=number,
            task=task,
            X_train=X.iloc[train].reset_index(drop=True),
            X_test=X.iloc[test].reset_index(drop=True),
            y_train=y[train],
            y_test=y[test],
        )
