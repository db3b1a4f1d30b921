"""Ten-fold cross-validation by scikit-learn's own function."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from sklearn.datasets import load_diabetes
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import KFold

from deepstat.estimators.regressor import DeepRegressor
from deepstat.model_selection import cross_validate

N_FOLDS = 10
SCORING = {"R²": "r2", "MAE": "neg_mean_absolute_error"}


def cross_validation(console: Console, folder: Path) -> Path:
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
    >>> cross_validation(Console(), Path("."))  # doctest: +SKIP
    """
    X, y = load_diabetes(return_X_y=True, as_frame=True, scaled=False)
    folds = KFold(N_FOLDS, shuffle=True, random_state=0)
    small = {"hidden_layer_sizes": (16,)}
    models = {
        "LinearRegression": LinearRegression(),
        'DeepRegressor, "linear"': DeepRegressor(architecture="linear", early_stopping=False, random_state=0),
        'DeepRegressor, "mlp"': DeepRegressor(architecture_params=small, max_epochs=50, random_state=0),
        'DeepRegressor, "mlp", 5 nets': DeepRegressor(
            architecture_params=small, max_epochs=50, n_members=5, random_state=0
        ),
    }
    console.print(
        f"The diabetes data as they are, nothing spoiled: {N_FOLDS} folds, the same for all models; "
        "the folds of a network train as one population.",
    )
    scores = {name: cross_validate(model, X, y, cv=folds, scoring=SCORING) for name, model in models.items()}
    console.print(_table(scores))
    console.print(
        "The linear network is least squares. The folds share nine tenths of their training rows, so no standard "
        "error is printed; compare the models fold by fold in the figure. A network earns little on 442 rows.",
    )
    return _figure(scores, folder / "cross_validation.png")


def _table(scores: dict[str, dict[str, NDArray[np.float64]]]) -> Table:
    table = Table(title=f"Mean over {N_FOLDS} folds (smallest to largest)")
    for title, justify in (("model", "left"), ("R²", "right"), ("MAE", "right"), ("fit, s", "right")):
        table.add_column(title, justify=justify)  # type: ignore[arg-type]
    for name, own in scores.items():
        r2, mae = own["test_R²"], -own["test_MAE"]
        table.add_row(
            name,
            f"{r2.mean():.3f} ({r2.min():.2f} to {r2.max():.2f})",
            f"{mae.mean():.1f} ({mae.min():.0f} to {mae.max():.0f})",
            f"{own['fit_time'].mean():.2f}",
        )
    return table


def _figure(scores: dict[str, dict[str, Any]], path: Path) -> Path:
    figure = Figure(figsize=(8.5, 3.6), layout="constrained")
    axes = figure.subplots()
    values = np.array([own["test_R²"] for own in scores.values()])
    axes.plot(values, np.arange(len(scores)), "-", color="0.85", linewidth=1, zorder=0)
    for row, own in enumerate(values):
        axes.plot(
            own, np.full(len(own), row), "o", color="tab:blue", alpha=0.6, label="one fold" * (row == 0)
        )
        axes.plot(own.mean(), row, "d", color="tab:red", markersize=9, label="mean" * (row == 0))
    axes.set_yticks(range(len(scores)), list(scores))
    axes.invert_yaxis()
    axes.set_xlabel("R² on the held-out fold (grey lines: the same fold)")
    axes.set_title(f"{N_FOLDS}-fold cross-validation, the same folds for every model")
    axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    figure.savefig(path, dpi=150)
    return path
