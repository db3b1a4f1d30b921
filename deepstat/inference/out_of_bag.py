"""Prediction error from the rows that bootstrap draws leave out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import is_classifier
from sklearn.utils import _safe_indexing

from deepstat.inference.row_losses import predictions, row_loss


@dataclass(frozen=True)
class OutOfBagError:
    """Estimates of the prediction error of the estimator on new rows.

    Attributes
    ----------
    loss : str
    training : float
        Mean loss of the fit on all rows, on those rows: too small.
    leave_one_out : float
        Err(1), the leave-one-out bootstrap: each row's mean loss over the draws without it, averaged over rows.
        Somewhat too large, because a draw holds 63.2% of the distinct rows.
    error_632 : float
        .368 training + .632 leave_one_out. Too small where the fit follows its rows closely.
    error_632_plus : float
        Moves from error_632 towards leave_one_out with the relative overfitting rate.
    no_information : float
        The loss if targets had nothing to do with X: the mean over all pairs of a target and a prediction.
    overfitting : float
        Relative overfitting rate, 0 to 1.
    n_rows, n_never_out : int
        Rows, and those that every draw held, which do not count.

    References
    ----------
    Efron and Tibshirani (1997), Improvements on cross-validation: the .632+ bootstrap method.
    """

    loss: str
    training: float
    leave_one_out: float
    error_632: float
    error_632_plus: float
    no_information: float
    overfitting: float
    n_rows: int
    n_never_out: int


class OutOfBag:
    """Collect losses of rows left out, draw by draw, in memory of order n.

    Parameters
    ----------
    loss : {"squared", "absolute", "zero_one", "log"}
    X, y : as given to fit
    sample_weight : ndarray of shape (n,) or None
    """

    def __init__(self, loss: str, X: Any, y: Any, sample_weight: Any = None) -> None:
        self.name, self.loss, self.X = loss, row_loss(loss), X
        y = np.asarray(y)
        self.classes: Any = np.unique(y) if self.loss.of_classes else None
        self.y: Any = np.searchsorted(self.classes, y) if self.loss.of_classes else y.reshape(len(y), -1)
        self.weight = (
            np.ones(len(y)) if sample_weight is None else np.asarray(sample_weight, dtype=np.float64)
        )
        self.total, self.count = np.zeros(len(y)), np.zeros(len(y), dtype=np.int64)
        self.original: np.ndarray | None = None

    def set_original(self, member: Any) -> None:
        """Take the fit on all rows."""
        self.original = predictions(member, self.X, self.loss, self.classes)

    def add(self, member: Any, rows: np.ndarray) -> None:
        """Take the fit of a draw that held these rows."""
        out = np.ones(len(self.y), dtype=bool)
        out[rows] = False
        left = np.flatnonzero(out)
        if len(left):
            predicted = predictions(member, _safe_indexing(self.X, left), self.loss, self.classes)
            self.total[left] += self.loss.per_row(self.y[left], predicted)
            self.count[left] += 1

    def error(self) -> OutOfBagError:
        """Return the estimates.

        Returns
        -------
        OutOfBagError

        Raises
        ------
        ValueError
            No row was ever left out.
        """
        out = self.count > 0
        if not out.any():
            raise ValueError("No draw left out a row, so there is no out-of-bag error; make more draws.")
        assert self.original is not None
        training = float(np.average(self.loss.per_row(self.y, self.original), weights=self.weight))
        left = float(np.average(self.total[out] / self.count[out], weights=self.weight[out]))
        no_information = self.loss.no_information(self.y, self.original, self.weight)
        plus, overfitting = plus_632(training, left, no_information)
        return OutOfBagError(
            loss=self.name,
            training=training,
            leave_one_out=left,
            error_632=0.368 * training + 0.632 * left,
            error_632_plus=plus,
            no_information=no_information,
            overfitting=overfitting,
            n_rows=len(out),
            n_never_out=int(np.sum(~out)),
        )


def plus_632(training: float, leave_one_out: float, no_information: float) -> tuple[float, float]:
    """Return the .632+ error and the relative overfitting rate.

    Parameters
    ----------
    training, leave_one_out, no_information : float

    Returns
    -------
    error, overfitting : float

    References
    ----------
    Efron and Tibshirani (1997), equations 28 to 32.

    Examples
    --------
    >>> [round(value, 3) for value in plus_632(0.0, 0.5, 0.5)]  # one nearest neighbour, labels that are noise
    [0.5, 1.0]
    """
    plain, capped, overfitting = (
        0.368 * training + 0.632 * leave_one_out,
        min(leave_one_out, no_information),
        0.0,
    )
    if capped > training:
        overfitting = (capped - training) / (no_information - training)
    more = 0.368 * 0.632 * overfitting / (1 - 0.368 * overfitting)
    return plain + (capped - training) * more, overfitting


def default_loss(estimator: Any) -> str:
    """Return the loss of a plain ``out_of_bag=True``.

    Parameters
    ----------
    estimator : estimator

    Returns
    -------
    str
    """
    return "zero_one" if is_classifier(estimator) else "squared"
