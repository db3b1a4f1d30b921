"""The models of the benchmark of tables: deepstat and its peers, each with its defaults.

Nothing of deepstat or of a peer is imported before it is made, so that an interpreter that has only some of them
can measure these.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.datasets import Split

OURS, BOOSTING, LINEAR, REALMLP = "deepstat", "hgb", "linear", "realmlp"
PENALTIES = np.logspace(-3, 4, 30)


@dataclass(frozen=True)
class Column:
    """A model in the tables.

    Attributes
    ----------
    name : str
        At the head of its column.
    model : str
        What :func:`make` makes.
    package : str
        Whose version the measurement belongs to.
    title : str
    params : mapping
        Set beyond the defaults; ``{"regression": {...}, "classification": {...}}`` where they differ by task.
    """

    name: str
    model: str
    package: str
    title: str
    params: Mapping[str, Any] = field(default_factory=dict)

    def params_for(self, task: str) -> dict[str, Any]:
        """Return what is set for a task."""
        by_task = bool(self.params) and set(self.params) <= {"regression", "classification"}
        return dict(self.params.get(task, {}) if by_task else self.params)


def ours(name: str, params: Mapping[str, Any]) -> Column:
    """Return the column of deepstat with these settings."""
    return Column(name, OURS, "deepstat", "DeepRegressor / DeepClassifier", params)


def _peer(name: str, package: str, title: str, model: str | None = None, **params: Any) -> Column:
    return Column(name, model or name, package, title, params)


# By cross-entropy: the epoch is chosen by the measure that is reported, instead of by accuracy.
_BY_CROSS_ENTROPY = {"val_metric_name": "cross_entropy"}
COLUMNS = {
    column.name: column
    for column in (
        ours(OURS, {}),
        _peer(BOOSTING, "scikit-learn", "HistGradientBoosting"),
        _peer("lightgbm", "lightgbm", "LightGBM"),
        _peer("xgboost", "xgboost", "XGBoost"),
        _peer(REALMLP, "pytabkit", "RealMLP-TD, no label smoothing", classification={"use_ls": False}),
        _peer("tabm", "pytabkit", "TabM-D"),
        _peer("mlp", "scikit-learn", "MLP with early stopping"),
        _peer(LINEAR, "scikit-learn", "RidgeCV / LogisticRegressionCV"),
        _peer(
            "realmlp-ce",
            "pytabkit",
            "RealMLP-TD, no label smoothing, epoch chosen by cross-entropy",
            REALMLP,
            classification={"use_ls": False, **_BY_CROSS_ENTROPY},
        ),
        _peer(
            "tabm-ce",
            "pytabkit",
            "TabM-D, epoch chosen by cross-entropy",
            "tabm",
            classification=_BY_CROSS_ENTROPY,
        ),
    )
}
DEFAULT = tuple(name for name in COLUMNS if not name.endswith("-ce"))


def make(column: Column, split: Split, threads: int) -> Any:
    """Return a column's model for a split: its defaults, the column's settings, the split as random state."""
    regression = split.task == "regression"
    settings = {"random_state": split.number, **column.params_for(split.task)}
    match column.model:
        case "deepstat":
            from deepstat import DeepClassifier, DeepRegressor

            return (DeepRegressor if regression else DeepClassifier)(**settings)
        case "hgb":
            from sklearn import ensemble

            boosting = (
                ensemble.HistGradientBoostingRegressor
                if regression
                else ensemble.HistGradientBoostingClassifier
            )
            return boosting(categorical_features="from_dtype", **settings)
        case "lightgbm":
            import lightgbm

            boosting = lightgbm.LGBMRegressor if regression else lightgbm.LGBMClassifier
            return boosting(verbose=-1, n_jobs=threads, **settings)
        case "xgboost":
            import xgboost

            boosting = xgboost.XGBRegressor if regression else xgboost.XGBClassifier
            return boosting(enable_categorical=True, n_jobs=threads, **settings)
        case "realmlp" | "tabm":
            return _filled(
                _of_pytabkit(column.model, regression)(device="cpu", n_threads=threads, **settings)
            )
        case "mlp":
            return _mlp(regression, settings)
        case "linear":
            from sklearn import linear_model

            if regression:
                return _numeric(linear_model.RidgeCV(PENALTIES))
            return _numeric(linear_model.LogisticRegressionCV(scoring="neg_log_loss", max_iter=2_000))
    raise ValueError(f"There is no model {column.model!r}.")


def _of_pytabkit(model: str, regression: bool) -> Any:
    import pytabkit

    name = {"realmlp": "RealMLP_TD", "tabm": "TabM_D"}[model]
    return getattr(pytabkit, f"{name}_{'Regressor' if regression else 'Classifier'}")


def _filled(model: Any) -> Any:
    """Return the model behind means for missing numbers, which pytabkit refuses; categories pass as they are."""
    from sklearn.compose import make_column_selector, make_column_transformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline

    fill = make_column_transformer(
        (SimpleImputer(keep_empty_features=True), make_column_selector(dtype_include="number")),
        remainder="passthrough",
        verbose_feature_names_out=False,
    )
    return make_pipeline(fill.set_output(transform="pandas"), model)


def _numeric(model: Any) -> Any:
    """Return the model behind standardised numbers and one-hot categories."""
    from sklearn.compose import make_column_selector, make_column_transformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    columns = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore"), make_column_selector(dtype_include="category")),
        remainder=make_pipeline(SimpleImputer(keep_empty_features=True), StandardScaler()),
        sparse_threshold=0.0,
    )
    return make_pipeline(columns, model)


def _mlp(regression: bool, settings: dict[str, Any]) -> Any:
    from sklearn.compose import TransformedTargetRegressor
    from sklearn.neural_network import MLPClassifier, MLPRegressor
    from sklearn.preprocessing import StandardScaler

    network = (MLPRegressor if regression else MLPClassifier)(early_stopping=True, max_iter=500, **settings)
    if regression:
        return TransformedTargetRegressor(_numeric(network), transformer=StandardScaler())
    return _numeric(network)


def version_of(package: str) -> str | None:
    """Return the installed version of a package, or None; of deepstat with a checksum of its sources.

    During development the version stays the same while the defaults change.
    """
    if package == "deepstat":
        from deepstat import __version__

        return f"{__version__}-{_sources()}"
    try:
        return version(package)
    except PackageNotFoundError:
        return None


@cache
def _sources() -> str:
    import deepstat

    root = Path(deepstat.__file__).parent
    total = hashlib.sha1()
    for path in sorted(root.rglob("*.py")):
        total.update(str(path.relative_to(root)).encode() + path.read_bytes())
    return total.hexdigest()[:8]


def legend(column: Column, versions: set[str]) -> str:
    """Return the line of a column in the head of a report."""
    set_to = f", set: {json.dumps(column.params)}" if column.params else ""
    return f"{column.title} ({column.package} {' and '.join(sorted(versions)) or 'unknown'}){set_to}"
