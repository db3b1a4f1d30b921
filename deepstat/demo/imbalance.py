"""A rare class: focal loss and class weights, and probabilities that stay honest."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import statsmodels.api as sm
from matplotlib.figure import Figure
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score, brier_score_loss, log_loss, roc_auc_score
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from deepstat.estimators.classifier import DeepClassifier
from deepstat.model_selection import cross_validate

PREVALENCE = 0.05


class HeldOut(NamedTuple):
    """Predictions of rows outside the training folds: honest and raw probabilities of the rare class, and classes."""

    honest: NDArray[np.float64]
    raw: NDArray[np.float64]
    classes: NDArray[np.int64]


def imbalance(console: Console, folder: Path) -> Path:
    """Print the table of scores and draw the figure.

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
    >>> imbalance(Console(), Path("."))  # doctest: +SKIP
    """
    X, y = load_rare_affairs()
    console.print(
        f"Redbook survey of 1974: {len(y)} married women, of whom {y.sum()} ({y.mean():.1%}) report an affair. "
        "[bold]We made it rare[/]: all women without one, and a random sample of those with one. Predictions are for "
        "held-out fifths. Focal loss and class weights bend a network's own (raw) probabilities; predict_proba "
        "bends them back.",
    )
    held_out = {name: _cross_fit(model, X, y) for name, model in _models().items()}
    console.print(_table(y, held_out))
    console.print(
        f"Calibration in the large: the mean probability should be the prevalence, {y.mean():.3f}. Class "
        "weights move predict(), as costs should (see the balanced accuracy), and leave predict_proba where it was.",
    )
    return _figure(y, held_out, folder / "imbalance.png")


def load_rare_affairs() -> tuple[Any, NDArray[np.int64]]:
    """Return Fair's (1978) data with the affairs thinned at random to five in a hundred rows."""
    table = sm.datasets.fair.load_pandas().data
    y = (table["affairs"] > 0).to_numpy()
    without, with_one = np.flatnonzero(~y), np.flatnonzero(y)
    n_kept = round(len(without) * PREVALENCE / (1 - PREVALENCE))
    kept = np.sort(
        np.concatenate([without, np.random.default_rng(0).choice(with_one, n_kept, replace=False)])
    )
    return table.drop(columns="affairs").iloc[kept].reset_index(drop=True), y[kept].astype(np.int64)


def _models() -> dict[str, Any]:
    def deep(**changes: Any) -> DeepClassifier:
        small = {"hidden_layer_sizes": (16,)}
        return DeepClassifier(architecture_params=small, max_epochs=50, random_state=0, **changes)

    return {
        "LogisticRegression": make_pipeline(StandardScaler(), LogisticRegression()),
        "LogisticRegression, balanced": make_pipeline(
            StandardScaler(), LogisticRegression(class_weight="balanced")
        ),
        "cross_entropy": deep(),
        "focal": deep(loss="focal"),
        "cross_entropy, balanced": deep(class_weight="balanced"),
        "cross_entropy, effective_number": deep(
            class_weight="effective_number", class_weight_params={"beta": 0.999}
        ),
    }


def _cross_fit(model: Any, X: Any, y: NDArray[np.int64]) -> HeldOut:
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    fitted = cross_validate(model, X, y, cv=folds, return_estimator=True, return_indices=True)
    honest, raw, classes = np.empty(len(y)), np.empty(len(y)), np.empty(len(y), dtype=np.int64)
    for estimator, test in zip(fitted["estimator"], fitted["indices"]["test"], strict=True):
        rows = X.iloc[test]
        honest[test] = estimator.predict_proba(rows)[:, 1]
        classes[test] = estimator.predict(rows)
        is_deep = isinstance(estimator, DeepClassifier)
        raw[test] = estimator.predict_raw_proba(rows)[:, 1] if is_deep else honest[test]
    return HeldOut(honest, raw, classes)


def _table(y: NDArray[np.int64], held_out: dict[str, HeldOut]) -> Table:
    table = Table(title=f"Scores of held-out rows (both last columns ought to be {y.mean():.3f})")
    table.add_column("loss, class_weight")
    for title in ("log-\nloss", "Brier", "AUC", "balanced\naccuracy", "mean\nproba", "mean raw\nproba"):
        table.add_column(title, justify="right", no_wrap=True)
    for name, (honest, raw, classes) in held_out.items():
        scores = [log_loss(y, honest), brier_score_loss(y, honest), roc_auc_score(y, honest)]
        scores += [balanced_accuracy_score(y, classes), honest.mean(), raw.mean()]
        table.add_row(name, *(f"{float(score):.3f}" for score in scores))
    return table


def _figure(y: NDArray[np.int64], held_out: dict[str, HeldOut], path: Path) -> Path:
    figure = Figure(figsize=(10.5, 4.2), layout="constrained")
    left, right = figure.subplots(1, 2)
    for row, (honest, raw, _) in enumerate(held_out.values()):
        if row > 1:  # scikit-learn's model has no second kind of probability
            left.plot([raw.mean(), honest.mean()], [row, row], color="0.8", zorder=0)
            left.plot(
                raw.mean(),
                row,
                "o",
                color="tab:red",
                markersize=8,
                label="raw (predict_raw_proba)" * (row == 2),
            )
        label = "honest (predict_proba)" * (row == 2)
        left.plot(honest.mean(), row, "o", color="0.45" if row < 2 else "tab:blue", markersize=8, label=label)
    left.axvline(y.mean(), color="0.4", linestyle="--", linewidth=1, label=f"prevalence {y.mean():.3f}")
    left.set_yticks(range(len(held_out)), [name.replace(", ", ",\n") for name in held_out])
    left.invert_yaxis()
    left.set_xlim(0.0, 0.5)
    left.set_xlabel("mean probability of an affair, held-out rows")
    left.set_title("Calibration in the large")
    left.legend(frameon=False, loc="center right")

    for (name, part), (colour, label) in {
        ("cross_entropy, balanced", "raw"): ("tab:red", "balanced, raw"),
        ("focal", "raw"): ("tab:pink", "focal, raw"),
        ("cross_entropy, balanced", "honest"): ("tab:blue", "balanced, honest"),
        ("focal", "honest"): ("tab:cyan", "focal, honest"),
    }.items():
        right.plot(*_reliability(y, getattr(held_out[name], part)), "o-", color=colour, label=label)
    right.axline((0.1, 0.1), (0.2, 0.2), color="0.4", linestyle="--", linewidth=1, label="as it should be")
    right.set_xscale("log")
    right.set_yscale("log")
    ticks = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5]
    right.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    right.set_yticks(ticks[:-1], [f"{tick:g}" for tick in ticks[:-1]])
    right.minorticks_off()
    right.set_xlabel("mean probability in a fifth of the rows")
    right.set_ylabel("share of women with an affair")
    right.set_title("Calibration by fifths")
    right.legend(frameon=False, loc="upper left")
    figure.savefig(path, dpi=150)
    return path


def _reliability(y: NDArray[np.int64], p: NDArray[np.float64]) -> tuple[list[float], list[float]]:
    """Return mean probability and observed share in five groups of rows of like probability."""
    groups = np.array_split(np.argsort(p, kind="stable"), 5)
    return [float(p[rows].mean()) for rows in groups], [float(y[rows].mean()) for rows in groups]
