"""Losses of single rows, and what they are where the target is independent of X."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray


@dataclass(frozen=True)
class RowLoss:
    """A loss that is a mean over rows.

    Attributes
    ----------
    per_row : callable
        ``per_row(y, prediction) -> (n,)``; y is (n, k), or codes (n,) of classes.
    no_information : callable
        ``no_information(y, prediction, weight) -> float``: the mean over all n^2 pairs of a target and a prediction, in
        memory of order n.
    of_classes : bool
    probabilities : bool
        Predictions are probabilities (n, n_classes), else values (n, k) or codes (n,).
    """

    per_row: Callable[[Array, Array], Array]
    no_information: Callable[[Array, Array, Array], float]
    of_classes: bool = False
    probabilities: bool = False


NOT_ROW_LOSSES = {
    "r2": "a ratio of two sums",
    "roc_auc": "a comparison of pairs of rows",
    "average_precision": "a ranking of all rows",
    "rmse": "the root of a mean",
    "f1": "a ratio of two sums",
}


def row_loss(name: str) -> RowLoss:
    """Look a loss up.

    Parameters
    ----------
    name : {"squared", "absolute", "zero_one", "log"}

    Returns
    -------
    RowLoss

    Raises
    ------
    ValueError
        The name is unknown, or that of a score which no row has by itself (R2, AUC, RMSE).

    Examples
    --------
    >>> row_loss("absolute").per_row(np.array([[1.0], [2.0]]), np.array([[3.0], [2.0]]))
    array([2., 0.])
    """
    if name in ROW_LOSSES:
        return ROW_LOSSES[name]
    plain = str(name).removeprefix("neg_").replace("root_mean_squared_error", "rmse").split("_ovr")[0]
    reason = f": {plain} is {NOT_ROW_LOSSES[plain]}, not a mean over rows" if plain in NOT_ROW_LOSSES else ""
    raise ValueError(
        f"There is no out-of-bag error for {name!r}{reason}; choose one of {', '.join(ROW_LOSSES)}."
    )


def _squared(y: Array, prediction: Array) -> Array:
    return ((y - prediction) ** 2).mean(axis=1)


def _absolute(y: Array, prediction: Array) -> Array:
    return np.abs(y - prediction).mean(axis=1)


def _zero_one(y: Array, prediction: Array) -> Array:
    return (y != prediction).astype(np.float64)


def _log(y: Array, prediction: Array) -> Array:
    return -np.log(prediction[np.arange(len(y)), y])


def _squared_pairs(y: Array, prediction: Array, weight: Array) -> float:
    """Var(y) + Var(f) + (mean y - mean f)^2: every pair's square, without the pairs."""
    means = [np.average(values, axis=0, weights=weight) for values in (y, prediction)]
    spread = sum(
        np.average((values - mean) ** 2, axis=0, weights=weight)
        for values, mean in zip((y, prediction), means, strict=True)
    )
    return float(np.mean(spread + (means[0] - means[1]) ** 2))


def _absolute_pairs(y: Array, prediction: Array, weight: Array) -> float:
    """Sort predictions once; those below each target then count with one sign, the rest with the other."""
    total, of_output = weight.sum(), []
    for own, other in zip(y.T, prediction.T, strict=True):
        order = np.argsort(other)
        mass = np.concatenate([[0.0], np.cumsum(weight[order])])
        moment = np.concatenate([[0.0], np.cumsum((weight * other)[order])])
        below = np.searchsorted(other[order], own)
        each = own * (2 * mass[below] - total) - (2 * moment[below] - moment[-1])
        of_output.append(weight @ each / total**2)
    return float(np.mean(of_output))


def _zero_one_pairs(y: Array, prediction: Array, weight: Array) -> float:
    n_classes = int(max(y.max(), prediction.max())) + 1
    shares = [np.bincount(codes, weight, n_classes) / weight.sum() for codes in (y, prediction)]
    return float(1 - shares[0] @ shares[1])


def _log_pairs(y: Array, prediction: Array, weight: Array) -> float:
    shares = np.bincount(y, weight, prediction.shape[1]) / weight.sum()
    return float(-shares @ np.average(np.log(prediction), axis=0, weights=weight))


ROW_LOSSES: dict[str, RowLoss] = {
    "squared": RowLoss(_squared, _squared_pairs),
    "absolute": RowLoss(_absolute, _absolute_pairs),
    "zero_one": RowLoss(_zero_one, _zero_one_pairs, of_classes=True),
    "log": RowLoss(_log, _log_pairs, of_classes=True, probabilities=True),
}


def predictions(member: Any, X: Any, loss: RowLoss, classes: Array | None) -> Array:
    """Return a fitted estimator's predictions in the form that a loss takes.

    Parameters
    ----------
    member : fitted estimator
    X : table of shape (n, p)
    loss : RowLoss
    classes : ndarray of shape (n_classes,) or None
        All classes; a member that was fitted without some of them gives these probability zero.

    Returns
    -------
    ndarray of shape (n, k), (n,) or (n, n_classes)
    """
    if loss.probabilities:
        known = np.searchsorted(classes, member.classes_)  # type: ignore[arg-type]
        found = np.asarray(member.predict_proba(X), dtype=np.float64)
        out = np.zeros((len(found), len(classes)))  # type: ignore[arg-type]
        out[:, known] = found
        return np.clip(out, np.finfo(np.float64).eps, 1.0)  # as in scikit-learn's log_loss: a finite loss
    predicted = np.asarray(member.predict(X))
    if loss.of_classes:
        return np.searchsorted(classes, predicted)  # type: ignore[arg-type]
    return predicted.astype(np.float64).reshape(len(predicted), -1)
