"""Regression when one target in ten is wrong: squared, Huber's and Tukey's losses, linear and deep."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import statsmodels.api as sm
from matplotlib.figure import Figure
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from sklearn.datasets import load_diabetes
from sklearn.model_selection import KFold, cross_val_predict

from deepstat.demo.spoil import spoil
from deepstat.estimators.regressor import DeepRegressor

SHARE = 0.1
LOSSES = ("squared", "huber", "tukey")
# What statsmodels calls the same three losses.
CLASSICAL = {
    "squared": ("OLS", lambda y, X: sm.OLS(y, X).fit()),
    "huber": ("RLM, Huber", lambda y, X: sm.RLM(y, X, M=sm.robust.norms.HuberT()).fit(maxiter=500)),
    "tukey": ("RLM, Tukey", lambda y, X: sm.RLM(y, X, M=sm.robust.norms.TukeyBiweight()).fit(maxiter=500)),
}
# 353 training rows carry a small network. A wide one has room to learn the outliers by heart, whatever its loss.
NETWORK: dict[str, Any] = {"architecture_params": {"hidden_layer_sizes": (16,)}, "max_epochs": 50}
MODELS = ("statsmodels", "linear", "mlp")
COLOURS = {"statsmodels": "0.45", "linear": "tab:blue", "mlp": "tab:orange"}

Predictions = dict[tuple[str, str], NDArray[np.float64]]


def outliers(console: Console, folder: Path) -> Path:
    """Print the table of test errors and draw the figure.

    Parameters
    ----------
    console : rich.console.Console
    folder : Path

    Returns
    -------
    Path
        The figure.

    Examples
    --------
    >>> outliers(Console(), Path("."))  # doctest: +SKIP
    """
    X, y = load_diabetes(return_X_y=True, as_frame=True, scaled=False)
    y = y.to_numpy()
    recorded, spoiled = spoil(y, SHARE, seed=0)
    console.print(
        f"Diabetes: {len(y)} patients, {X.shape[1]} measurements, and how far the disease went in a year (25 to 346). "
        f"[bold]We spoil the data ourselves[/]: {spoiled.sum()} targets in {len(y)} get a zero too many. "
        "Each model learns from four fifths of the spoiled targets and predicts the last fifth; the errors below "
        "are against the [bold]clean[/] targets of rows it has not seen, all five fifths in turn.",
    )
    predictions = held_out_predictions(X, recorded)
    clean = _cross_fit(CLASSICAL["squared"][1], X.to_numpy(), y)
    console.print(_table(y, predictions, clean))
    console.print(
        "Where the model is linear, a loss gives nearly the answer of statsmodels. The squared loss believes "
        "every zero too many; Huber's bounds its pull, Tukey's gives it none.",
    )
    return _figure(y, predictions, clean, folder / "outliers.png")


def held_out_predictions(X: Any, recorded: NDArray[np.float64]) -> Predictions:
    """Return each model's predictions of rows outside its training folds, by (model, loss)."""
    folds = KFold(5, shuffle=True, random_state=0)
    predictions: Predictions = {}
    for loss in LOSSES:
        predictions["statsmodels", loss] = _cross_fit(CLASSICAL[loss][1], X.to_numpy(), recorded)
        linear = DeepRegressor(architecture="linear", loss=loss, early_stopping=False, random_state=0)
        predictions["linear", loss] = cross_val_predict(linear, X, recorded, cv=folds)
        deep = DeepRegressor(loss=loss, random_state=0, **NETWORK)
        predictions["mlp", loss] = cross_val_predict(deep, X, recorded, cv=folds)
    return predictions


def _cross_fit(
    fit: Callable[..., Any], X: NDArray[np.float64], y: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Do for a statsmodels fit what ``cross_val_predict`` does for an estimator, over the same folds."""
    design = sm.add_constant(X)
    predicted = np.empty_like(y)
    for train, test in KFold(5, shuffle=True, random_state=0).split(design):
        predicted[test] = fit(y[train], design[train]).predict(design[test])
    return predicted


def _errors(y: NDArray[np.float64], predicted: NDArray[np.float64]) -> tuple[float, float]:
    size = np.abs(y - predicted)
    return float(size.mean()), float(np.median(size))


def _table(y: NDArray[np.float64], predictions: Predictions, clean: NDArray[np.float64]) -> Table:
    table = Table(
        title="Absolute error on clean held-out rows, mean / median",
        caption="OLS on clean targets, for comparison: {:.1f} / {:.1f}".format(*_errors(y, clean)),
    )
    table.add_column("loss")
    table.add_column("statsmodels", no_wrap=True)
    table.add_column('DeepRegressor\n"linear"', justify="right", no_wrap=True)
    table.add_column('DeepRegressor\n"mlp"', justify="right", no_wrap=True)
    for loss in LOSSES:
        errors = ["{:.1f} / {:.1f}".format(*_errors(y, predictions[model, loss])) for model in MODELS]
        table.add_row(loss, f"{errors[0]}  ({CLASSICAL[loss][0]})", *errors[1:])
    return table


def _figure(y: NDArray[np.float64], predictions: Predictions, clean: NDArray[np.float64], path: Path) -> Path:
    figure = Figure(figsize=(10, 4.2), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(1.15, 1))
    for offset, model in zip((-0.2, 0.0, 0.2), MODELS, strict=True):
        means = [_errors(y, predictions[model, loss])[0] for loss in LOSSES]
        label = model if model == "statsmodels" else f'architecture="{model}"'
        left.plot(means, np.arange(3) + offset, "o", color=COLOURS[model], label=label, markersize=8)
        for row, mean in enumerate(means):
            left.annotate(
                f"{mean:.0f}", (mean, row + offset), xytext=(8, 0), textcoords="offset points", va="center"
            )
    left.axvline(_errors(y, clean)[0], color="0.6", linestyle="--", linewidth=1, label="OLS on clean targets")
    left.set_yticks(range(3), [f'"{loss}"' for loss in LOSSES])
    left.set_ylabel("loss")
    left.set_ylim(2.55, -0.55)
    left.set_xlim(0.0, 220.0)
    left.set_xlabel("mean absolute error on clean held-out rows (score points)")
    left.legend(loc="lower right", frameon=False)
    left.set_title("One training target in ten has a zero too many")

    for loss, colour in (("squared", "tab:red"), ("tukey", "tab:orange")):
        right.plot(y, predictions["mlp", loss], ".", color=colour, alpha=0.5, label=f'"{loss}"')
    right.axline((150, 150), slope=1, color="0.3", linewidth=1, label="prediction = truth")
    right.set_ylim(top=1.45 * max(predictions["mlp", "squared"]))  # room for the legend
    right.set_xlabel("clean target (score points)")
    right.set_ylabel("held-out prediction (score points)")
    right.legend(frameon=False, loc="upper left", markerscale=1.6)
    right.set_title('The network (architecture="mlp"), two losses')
    figure.savefig(path, dpi=150)
    return path
