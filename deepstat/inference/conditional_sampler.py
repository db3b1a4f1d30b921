"""Draw columns given the other columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
from sklearn.base import is_classifier

from deepstat.estimators.classifier import DeepClassifier
from deepstat.estimators.regressor import DeepRegressor
from deepstat.inference.columns import take_column, with_rows_of, with_values, without_columns
from deepstat.inference.cross_fit import cross_fit
from deepstat.inference.draws.permutation import permutation
from deepstat.inference.randomness import COLUMN, generator


def conditional_sampler(
    X: Any,
    numbers: Sequence[int],
    *,
    model: Any = None,
    seed: int,
    fit_seed: int,
    groups: np.ndarray | None = None,
    n_folds: int = 5,
    n_jobs: int | None = None,
) -> Callable[[int], Any]:
    """Return a function that gives X with columns drawn anew, given all others.

    Columns of numbers: cross-fitted predictions from the other columns plus permuted residuals (the residuals of one
    row stay together). That is the conditional distribution where errors are alike in all rows. A column of two values
    or of categories: drawn with cross-fitted probabilities.

    Parameters
    ----------
    X : array of shape (n, p) or data frame
    numbers : sequence of int
        Columns.
    model : estimator or None
        Of the columns given the others. None: ``DeepRegressor()``, or ``DeepClassifier()`` for a column of two values
        or categories.
    seed, fit_seed : int
    groups : ndarray of int of shape (n,) or None
        Residuals change places within groups only.
    n_folds : int, default=5
    n_jobs : int or None

    Returns
    -------
    callable
        ``sample(number) -> table``.

    Raises
    ------
    ValueError
        Values are missing, several columns are not all numbers, or the model does not go with the column.

    Examples
    --------
    >>> from sklearn.linear_model import LinearRegression
    >>> X = np.column_stack([np.arange(8.0), np.arange(8.0) % 3])
    >>> sample = conditional_sampler(X, [0], model=LinearRegression(), seed=0, fit_seed=0)
    >>> bool((sample(3)[:, 1] == X[:, 1]).all()), bool((sample(3)[:, 0] == X[:, 0]).all())
    (True, False)
    """
    columns = [take_column(X, number) for number in numbers]
    for number, values in zip(numbers, columns, strict=True):
        missing = sum(value is None or value != value for value in values.tolist())
        if missing:
            raise ValueError(
                f"Column {number} has {missing} missing values; give method='conditional' a sampler, or "
                "leave the rows out."
            )
    discrete = [values.dtype.kind not in "iuf" or len(np.unique(values)) == 2 for values in columns]
    if len(columns) > 1 and any(values.dtype.kind not in "biuf" for values in columns):
        raise ValueError("Several columns are drawn together only if all are numbers; give a sampler.")
    as_classes = len(columns) == 1 and discrete[0]
    if model is None:
        model = DeepClassifier() if as_classes else DeepRegressor()
    if is_classifier(model) != as_classes:
        kind = (
            "two values or categories, so its model must be a classifier"
            if as_classes
            else "numbers: a regressor"
        )
        raise ValueError(f"The column to be drawn has {kind}.")
    rest = without_columns(X, numbers)
    target = columns[0] if len(columns) == 1 else np.column_stack(columns).astype(np.float64)
    if as_classes and target.dtype.kind == "O":
        target = target.astype(str)
    _, expected = cross_fit(model, rest, target, seed=seed, fit_seed=fit_seed, n_folds=n_folds, n_jobs=n_jobs)
    if as_classes:
        firsts = np.unique(target, return_index=True)[1]
        return partial(_levels, X, numbers[0], firsts, np.cumsum(expected, axis=1), seed)
    return partial(_residuals, X, list(numbers), expected, target - expected, groups, seed)


def _levels(X: Any, column: int, firsts: np.ndarray, cumulative: np.ndarray, seed: int, number: int) -> Any:
    """Draw a level for each row; its value is that of the first row that has it, so that it keeps its type."""
    uniform = generator(seed, COLUMN, number).random((len(cumulative), 1))
    levels = (uniform * cumulative[:, -1:] >= cumulative).sum(axis=1)
    return with_rows_of(X, [column], firsts[levels])


def _residuals(
    X: Any,
    numbers: list[int],
    expected: np.ndarray,
    residuals: np.ndarray,
    groups: np.ndarray | None,
    seed: int,
    number: int,
) -> Any:
    order = permutation(len(expected), number, seed=seed, groups=groups)
    values = (expected + residuals[order]).reshape(len(expected), -1)
    for j, column in enumerate(numbers):
        X = with_values(X, column, values[:, j])
    return X
