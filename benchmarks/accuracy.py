"""Error of the default estimators on ten tables, relative to scikit-learn's HistGradientBoosting.

``python -m benchmarks.accuracy``

Regression: RMSE / sd(y) on the test part; classification: log-loss. Random 75/25 splits (seed 7), at most 4,000
training rows. deepstat and HistGradientBoosting get the table as it is, with pandas categories; scikit-learn's MLP
gets standardised and one-hot columns and a standardised target, and stops early.

To try settings: ``--estimator-params '{"learning_rate": 0.001}'``, repeated for several columns in one table ("{}": the
defaults), with ``--sets concrete,german --splits 1 --jobs 2 --no-mlp``. What the peers reach is kept in a temporary
file (``--fresh`` measures it again).
"""

from __future__ import annotations

import argparse
import json
import math
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.datasets import MOST_TRAINING_ROWS, NAMES, REGRESSION, Split, data_folder, splits
from benchmarks.peers import quiet
from benchmarks.timing import Report, head, options, parse

PEERS = ("HistGradientBoosting", "sklearn MLP")
TARGET = 1.0
# One measurement: error, seconds of the fit, epochs (None for peers).
Measured = dict[str, Any]


def make_peer(name: str, split: Split) -> Any:
    """Return a peer with its defaults; only the number of the split as random state."""
    from sklearn import ensemble, neural_network
    from sklearn.compose import TransformedTargetRegressor, make_column_selector, make_column_transformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    regression = split.task == "regression"
    if name == "HistGradientBoosting":
        boosting = (
            ensemble.HistGradientBoostingRegressor if regression else ensemble.HistGradientBoostingClassifier
        )
        return boosting(categorical_features="from_dtype", random_state=split.number)
    network = neural_network.MLPRegressor if regression else neural_network.MLPClassifier
    mlp = make_pipeline(
        make_column_transformer(
            (OneHotEncoder(handle_unknown="ignore"), make_column_selector(dtype_include="category")),
            remainder=make_pipeline(SimpleImputer(), StandardScaler()),
            sparse_threshold=0.0,
        ),
        network(early_stopping=True, max_iter=500, random_state=split.number),
    )
    return TransformedTargetRegressor(mlp, transformer=StandardScaler()) if regression else mlp


def make_ours(params: dict[str, Any], split: Split) -> Any:
    """Return deepstat's estimator for a split: its defaults, the settings tried, and the split as random state."""
    from deepstat import DeepClassifier, DeepRegressor

    estimator = DeepRegressor if split.task == "regression" else DeepClassifier
    return estimator(**{"random_state": split.number, **params})


def error_of(model: Any, split: Split) -> float:
    """Return RMSE / sd(y), or the log-loss, of a fitted model on the test part."""
    if split.task == "regression":
        residual = split.y_test - model.predict(split.X_test)
        return float(np.sqrt(np.mean(residual**2)) / split.y_test.std())
    probability = model.predict_proba(split.X_test)
    column = np.searchsorted(model.classes_, split.y_test)
    chosen = probability[np.arange(len(column)), column]
    return float(-np.log(np.clip(chosen, np.finfo(np.float64).eps, None)).mean())


def measure(column: str, params: dict[str, Any] | None, split: Split) -> Measured:
    """Fit a peer (`params` None) or deepstat to a split and return what came out."""
    quiet()
    model = make_peer(column, split) if params is None else make_ours(params, split)
    start = time.perf_counter()
    model.fit(split.X_train, split.y_train)
    seconds = time.perf_counter() - start
    return {"error": error_of(model, split), "seconds": seconds, "epochs": getattr(model, "n_iter_", None)}


class Kept:
    """What peers reached, in a temporary file; a split is known by its name, number and a sum over its rows."""

    def __init__(self, fresh: bool) -> None:
        self.path = (
            Path(tempfile.gettempdir())
            / f"deepstat-accuracy-{os.getuid()}-sklearn-{version('scikit-learn')}.json"
        )
        self.found: dict[str, Measured] = {}
        if self.path.exists() and not fresh:
            self.found = json.loads(self.path.read_text(encoding="utf-8"))

    def key(self, column: str, split: Split) -> str:
        """Return the name of a measurement."""
        numbers = float(split.X_train.select_dtypes("number").to_numpy(float, na_value=0.0).sum())
        rows = len(split.y_train)
        return f"{column}/{split.name}/{split.number}/{rows}/{numbers:.6g}/{float(np.sum(split.y_train)):.6g}"

    def write(self) -> None:
        """Write the file."""
        self.path.write_text(json.dumps(self.found), encoding="utf-8")


def run(tasks: Sequence[tuple[str, dict[str, Any] | None, Split]], jobs: int) -> Iterator[Measured]:
    """Yield each task's measurement in order, from this process or from several."""
    if jobs == 1:
        yield from (measure(*task) for task in tasks)
        return
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        yield from pool.map(measure, *zip(*tasks, strict=True))


def measure_all(
    columns: dict[str, dict[str, Any] | None],
    sets: Sequence[str],
    args: argparse.Namespace,
    progress: Callable[[str], None],
) -> dict[tuple[str, str], list[Measured]]:
    """Return the measurements of every set and column, one a split."""
    kept = Kept(args.fresh)
    tasks, found = [], {}
    for name in sets:
        for split in splits(name, args.splits, args.rows):
            for column, params in columns.items():
                known = kept.found.get(kept.key(column, split)) if params is None else None
                found.setdefault((name, column), []).append(known)
                if known is None:
                    tasks.append((column, params, split))
    for (column, params, split), measured in zip(tasks, run(tasks, args.jobs), strict=True):
        found[split.name, column][split.number] = measured
        if params is None:
            kept.found[kept.key(column, split)] = measured
            kept.write()
        progress(
            f"{split.name} {split.number} {column}: {measured['error']:.4f} in {measured['seconds']:.1f} s"
        )
    return found


def geometric_mean(values: Sequence[float]) -> float:
    """Return the geometric mean."""
    return math.exp(statistics.fmean(math.log(value) for value in values))


def show(
    report: Report, columns: Sequence[str], sets: Sequence[str], found: dict[tuple[str, str], list[Measured]]
) -> None:
    """Print errors, their ratios to HistGradientBoosting's with the geometric mean, and seconds."""

    def mean(name: str, column: str, what: str) -> float:
        return statistics.fmean(measured[what] for measured in found[name, column])

    report.say("Error (mean over splits):")
    rows = [
        [
            name,
            "RMSE/sd" if name in REGRESSION else "log-loss",
            *(f"{mean(name, c, 'error'):.4f}" for c in columns),
        ]
        for name in sets
    ]
    report.table(["set", "", *columns], rows)
    ratios = {c: [mean(name, c, "error") / mean(name, PEERS[0], "error") for name in sets] for c in columns}
    report.say()
    report.say(f"Error relative to {PEERS[0]}:")
    rows = [[name, *(f"{ratios[c][i]:.3f}" for c in columns)] for i, name in enumerate(sets)]
    rows.append(["geometric mean", *(f"{geometric_mean(ratios[c]):.3f}" for c in columns)])
    report.table(["set", *columns], rows)
    report.say()
    report.say("Seconds of one fit (epochs done):")
    rows = []
    for name in sets:
        cells = []
        for c in columns:
            epochs = [m["epochs"] for m in found[name, c] if m["epochs"] is not None]
            after = f" ({statistics.fmean(epochs):.0f})" if epochs and c not in PEERS else ""
            cells.append(f"{mean(name, c, 'seconds'):.1f}{after}")
        rows.append([name, *cells])
    rows.append(["sum", *(f"{sum(mean(name, c, 'seconds') for name in sets):.1f}" for c in columns)])
    report.table(["set", *columns], rows)
    report.say()


def main(argv: Sequence[str] | None = None) -> None:
    """Run the benchmark."""
    parser = options(__doc__.splitlines()[0], repeats=1)
    parser.add_argument("--sets", default=",".join(NAMES), help="tables, separated by commas")
    parser.add_argument("--splits", type=int, default=2, help="splits of each table")
    parser.add_argument("--rows", type=int, default=MOST_TRAINING_ROWS, help="most training rows")
    parser.add_argument(
        "--estimator-params", action="append", metavar="JSON", help="a setting to try; may be repeated"
    )
    parser.add_argument("--jobs", type=int, default=1, help="processes (seconds then mean little)")
    parser.add_argument("--no-mlp", action="store_true", help="leave scikit-learn's MLP out")
    parser.add_argument("--fresh", action="store_true", help="measure the peers again")
    args = parse(parser, argv)
    report = Report()
    head(report, "Accuracy: default estimators on ten tables", args)
    if data_folder() is None:
        report.say("The folder of tables was not found: set DEEPSTAT_DATA to it. Nothing was measured.")
        report.write(args.out)
        return
    if args.quick:
        args.sets, args.splits, args.no_mlp = "yacht,german", 1, True
        args.estimator_params = args.estimator_params or ['{"max_epochs": 2}']
    sets = args.sets.split(",")
    if unknown := [name for name in sets if name not in NAMES]:
        parser.error(f"unknown set {unknown[0]!r}: choose of {', '.join(NAMES)}")
    columns: dict[str, dict[str, Any] | None] = {}
    given = args.estimator_params or ["{}"]
    for number, text in enumerate(given):
        params = json.loads(text)
        columns["deepstat" if not params and len(given) == 1 else f"setting {number}"] = params
        if params or len(given) > 1:
            report.say(f"setting {number}: deepstat with {json.dumps(params) if params else 'its defaults'}")
    columns |= dict.fromkeys(PEERS[: 1 if args.no_mlp else 2])
    report.say(
        f"{args.splits} split(s) 75/25, seed 7, at most {args.rows} training rows; {args.jobs} process(es)"
    )
    report.say()
    found = measure_all(columns, sets, args, lambda line: print(f"  {line}", flush=True))
    show(report, list(columns), sets, found)
    if "deepstat" in columns:
        middle = geometric_mean(
            [
                statistics.fmean(m["error"] for m in found[name, "deepstat"])
                / statistics.fmean(m["error"] for m in found[name, PEERS[0]])
                for name in sets
            ]
        )
        verdict = "reached" if middle <= TARGET else "MISSED"
        complete = "" if len(sets) == len(NAMES) else f" (of {len(sets)} sets only)"
        report.say(
            f"geometric mean of deepstat / {PEERS[0]}: {middle:.3f}{complete}, target <= {TARGET:.2f}: {verdict}"
        )
    report.write(args.out)


if __name__ == "__main__":
    main()
