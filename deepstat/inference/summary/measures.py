"""How well a fit predicts given rows, in the measures that its task has."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from deepstat.data.weights import check_weights
from deepstat.estimators.tasks.quantiles import check_levels
from deepstat.metrics.brier_score import brier_score
from deepstat.metrics.expectile_score import expectile_score
from deepstat.metrics.log_score import log_score
from deepstat.metrics.numbers import average
from deepstat.metrics.pinball_loss import pinball_loss

# Domains of targets that are numbers beside which a mean can be held.
NUMBERS = ("real", "positive", "nonnegative", "count", "open_unit_interval", "unit_interval")


class Measure(NamedTuple):
    """One number about a fit.

    Attributes
    ----------
    label : str
    value : float
    is_root : bool
        Whether it is the root of a mean over rows, so that the mean of its squares joins parts of the rows.
    """

    label: str
    value: float
    is_root: bool = False


def measures(estimator: Any, X: Any, y: Any, sample_weight: Any = None) -> list[Measure]:
    """Return the score and the losses of a fit on given rows.

    Parameters
    ----------
    estimator : fitted deep estimator
    X : table of shape (n, p)
    y : array-like of shape (n,) or (n, k)
    sample_weight : array-like of shape (n,) or None
        Frequencies.

    Returns
    -------
    list of Measure
        Regression: R squared, root mean squared and mean absolute error, the pinball loss under a quantile loss.
        Classes: accuracy, log loss, Brier score. Distributions: mean log-likelihood of a row, CRPS, root mean squared
        error of the mean, where they are defined. Quantiles: the share of the loss explained, the pinball loss and
        how many targets lie below each; expectiles likewise without the last.

    Examples
    --------
    >>> from deepstat import DeepRegressor
    >>> X, y = [[0.0], [1.0], [2.0], [4.0]], [0.0, 1.0, 2.0, 4.0]
    >>> model = DeepRegressor(architecture="linear", max_epochs=5, random_state=0).fit(X, y)
    >>> [measure.label for measure in measures(model, X, y)]
    ['R squared', 'Root mean squared error', 'Mean absolute error']
    """
    y = np.array(y)  # a copy: frames give arrays that torch may not take
    weight = check_weights(sample_weight, len(y))
    return list(OF_TASK[estimator._task](estimator, X, y, weight))


def _regression(estimator: Any, X: Any, y: np.ndarray, weight: Any) -> Iterator[Measure]:
    predicted = np.asarray(estimator.predict(X), dtype=np.float64)
    yield Measure("R squared", float(estimator.score(X, y, sample_weight=weight)))
    residual = (y - predicted).reshape(len(y), -1)
    for j, own in enumerate(residual.T):
        which = f", output {j + 1}" if residual.shape[1] > 1 else ""
        yield Measure(f"Root mean squared error{which}", float(np.sqrt(average(own**2, weight))), True)
        yield Measure(f"Mean absolute error{which}", float(average(np.abs(own), weight)))
    resolved = estimator._resolved()
    if resolved.record.name == "quantile" and residual.shape[1] == 1:
        tau = resolved.options["tau"]
        found = pinball_loss(y.ravel(), predicted.ravel(), tau, sample_weight=weight)
        yield Measure(f"Pinball loss at {tau:g}", float(found))


def _classification(estimator: Any, X: Any, y: np.ndarray, weight: Any) -> Iterator[Measure]:
    soft = y.ndim == 2 and y.shape[1] > 1
    if not soft:
        y = y.ravel()
        yield Measure("Accuracy", float(estimator.score(X, y, sample_weight=weight)))
    if not hasattr(estimator, "predict_proba"):
        return
    p = np.asarray(estimator.predict_proba(X), dtype=np.float64)
    happened = y if soft else (y[:, None] == estimator.classes_).astype(np.float64)
    with np.errstate(divide="ignore"):  # a class that the fit has not met, or holds impossible: infinite
        logs = np.log(np.where(happened > 0, p, 1.0))
    known = happened.sum(axis=1) > 0
    log_prob = np.where(known, (happened * logs).sum(axis=1), -np.inf)
    yield Measure("Log loss", float(log_score(log_prob, sample_weight=weight)))
    if not soft and known.all():
        yield Measure("Brier score", float(brier_score(happened.argmax(axis=1), p, sample_weight=weight)))


def _distribution(estimator: Any, X: Any, y: np.ndarray, weight: Any) -> Iterator[Measure]:
    yield Measure("Mean log-likelihood of a row", float(estimator.score(X, y, sample_weight=weight)))
    domain = estimator.target_.domain
    if domain == "interval":  # what is known of a censored target is no number to hold a prediction beside
        return
    trials = y.sum(axis=1) if domain == "trials" else None
    predicted = estimator.predict_distribution(X, trials=trials)
    if hasattr(predicted.members[0], "observed"):  # beside a censored target stands what would be seen
        predicted = predicted.observed()
    try:
        crps = predicted.crps(y[:, 0] if domain == "trials" else y)
        yield Measure("CRPS", float(average(crps, weight)))
    except NotImplementedError:
        pass
    if predicted.family.record.center == "mean" and domain in NUMBERS and y.ndim == 1:
        error = float(np.sqrt(average((y - predicted.center) ** 2, weight)))
        yield Measure("Root mean squared error of the mean", error, True)


def _curves(estimator: Any, X: Any, y: np.ndarray, weight: Any) -> Iterator[Measure]:
    levels = check_levels(estimator._task, estimator._recipe[estimator._task])
    yield Measure("Share of the loss explained", float(estimator.score(X, y, sample_weight=weight)))
    curves = estimator._predict_levels(X, levels)
    if estimator._task == "expectiles":
        found = expectile_score(y, curves, levels, sample_weight=weight)
        yield Measure("Expectile score", float(found))
        return
    yield Measure("Pinball loss", float(pinball_loss(y, curves, levels, sample_weight=weight)))
    for level, curve in zip(levels, curves.T, strict=True):
        below = float(average((y <= curve).astype(np.float64), weight))
        yield Measure(f"Share of targets up to quantile {level:g}", below)


OF_TASK = {
    "regression": _regression,
    "classification": _classification,
    "distribution": _distribution,
    "quantiles": _curves,
    "expectiles": _curves,
}
