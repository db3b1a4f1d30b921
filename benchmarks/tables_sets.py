"""From the name of a set, or the path of a file, to its splits.

A set is one of the ten of :mod:`benchmarks.datasets`, one of :mod:`benchmarks.own_tables`, or ``file:target``: a CSV
(``.csv``, ``.tsv``, also compressed) or parquet file and the column to predict. A target of text or booleans is a
class, numbers are a regression; ``file:target:classification`` says that numbers are classes.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.datasets import NAMES, Split, data_folder, split_table, splits
from benchmarks.own_tables import OWN, own_splits

TASKS = ("regression", "classification")
# HistGradientBoosting takes at most 255 categories of a column; rarer values become one of them, for everybody.
MOST_CATEGORIES = 255


def is_known(text: str) -> bool:
    """Return whether the set is one with a name."""
    return text in NAMES or text in OWN


def check_set(text: str) -> None:
    """Raise a ValueError that says what is wrong with a set, before anything is measured."""
    if text in NAMES and data_folder() is None:
        raise ValueError(
            f"{text} lies in the folder of tables, which was not found: set DEEPSTAT_DATA to it."
        )
    if is_known(text):
        return
    path, target, task = _parts(text)
    if not path.is_file():
        raise ValueError(f"There is no file {path}.")
    if task is not None and task not in TASKS:
        raise ValueError(f"The task of {text} is {task!r}: give one of {', '.join(TASKS)}, or leave it out.")
    if not target:
        raise ValueError(f"{text} names no target: give file:target.")


def splits_of(text: str, n_splits: int, most: int | None) -> Iterator[Split]:
    """Yield the splits of a set.

    Parameters
    ----------
    text : str
        A name, or ``file:target[:task]``.
    n_splits : int
    most : int or None
        Most training rows; None: all.
    """
    if text in NAMES:
        yield from splits(text, n_splits, most)
    elif text in OWN:
        yield from own_splits(text, n_splits, most)
    else:
        yield from split_table(*read(text), n_splits, most)


def read(text: str) -> tuple[str, str, pd.DataFrame, np.ndarray]:
    """Return name, task, columns and target of a file; rows without a target are left out.

    Columns get the names x0, x1 and so on, since some peers refuse signs such as brackets; text, booleans and dates
    become categories.
    """
    path, target, task = _parts(text)
    if ".parquet" in path.suffixes:
        frame = pd.read_parquet(path)
    else:
        frame = pd.read_csv(path, sep="\t" if ".tsv" in path.suffixes else ",", low_memory=False)
    if target not in frame.columns:
        raise ValueError(f"{path} has no column {target!r}: it has {', '.join(map(str, frame.columns))}.")
    frame = frame.dropna(subset=[target]).reset_index(drop=True)
    y, X = frame[target], frame.drop(columns=target)
    X.columns = [f"x{j}" for j in range(X.shape[1])]
    for column in X.columns:
        X[column] = X[column].astype(float) if _is_number(X[column]) else _categories(X[column])
    task = task or ("regression" if _is_number(y) else "classification")
    if task == "regression":
        return path.name.split(".")[0], task, X, y.to_numpy(float)
    labels = y.to_numpy(float) if _is_number(y) else y.astype(str).to_numpy(str)
    return path.name.split(".")[0], task, X, np.unique(labels, return_inverse=True)[1]


def _parts(text: str) -> tuple[Path, str, str | None]:
    """Return path, target and task (or None) of ``file:target[:task]``."""
    path, _, rest = text.partition(":")
    target, colon, task = rest.rpartition(":")
    return (Path(path), target, task) if colon else (Path(path), rest, None)


def _is_number(column: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)


def _categories(column: pd.Series) -> pd.Series:
    """Return text as categories, the rare ones together where there are too many."""
    text = column.astype(str).where(column.notna())
    counts = text.value_counts()
    if len(counts) > MOST_CATEGORIES:
        text = text.where(text.isna() | text.isin(counts.index[: MOST_CATEGORIES - 1]), "(rare)")
    return text.astype("category")
