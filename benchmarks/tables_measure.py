"""One measurement of the benchmark of tables, and all of them: from the cache where they are known."""

from __future__ import annotations

import argparse
import contextlib
import io
import logging
import os
import sys
import time
import warnings
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.datasets import MOST_TRAINING_ROWS, Split
from benchmarks.tables_cache import Cache, Measured, checksum, default_folder, key_of
from benchmarks.tables_models import Column, make, version_of
from benchmarks.tables_sets import check_set, is_known, splits_of

BINS = 10
SMALLEST = np.finfo(np.float64).eps


@dataclass
class Found:
    """What is known of the sets and columns of a report.

    Attributes
    ----------
    task : dict
        Of each set.
    measured : dict
        By set and column: by split, what was measured. "seconds" is None where it was measured with another number
        of threads or processes.
    versions : dict
        By column: those of the measurements.
    """

    task: dict[str, str] = field(default_factory=dict)
    measured: dict[tuple[str, str], dict[int, Measured]] = field(default_factory=dict)
    versions: dict[str, set[str]] = field(default_factory=dict)


def measuring_options(parser: argparse.ArgumentParser, splits: int) -> None:
    """Add the options of what is measured and where it is kept."""

    def rows(text: str) -> int | None:
        return None if text == "all" else int(text)

    parser.add_argument("--splits", type=int, default=splits, help="splits of each table")
    parser.add_argument("--rows", type=rows, default=MOST_TRAINING_ROWS, help="most training rows, or all")
    parser.add_argument("--jobs", type=int, default=1, help="processes beside each other")
    parser.add_argument("--cache", type=Path, default=default_folder(), help="folder of measurements")
    parser.add_argument("--fresh", action="store_true", help="measure again what is known")
    parser.add_argument("--only-cached", action="store_true", help="measure nothing")
    parser.add_argument(
        "--deepstat-version",
        default=None,
        help="version under which deepstat's measurements are kept and looked up; its own and a checksum of its "
        "sources if left out",
    )


def names_of(sets: str, parser: argparse.ArgumentParser) -> dict[str, str]:
    """Return the sets asked for, by the name they are printed under; leave with a message where one is wrong."""
    named: dict[str, str] = {}
    for text in sets.split(","):
        try:
            check_set(text)
        except ValueError as fault:
            parser.error(str(fault))
        stem = Path(text.partition(":")[0]).name.split(".")[0]
        named[text if is_known(text) or stem in named else stem] = text
    return named


def n_threads(args: argparse.Namespace) -> int:
    """Return the number of threads of a fit."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return args.threads or int(os.environ.get("OMP_NUM_THREADS", cores or 1))


def judge(model: Any, split: Split, classes: np.ndarray) -> Measured:
    """Return error, and for classes AUC, accuracy and calibration error, of a fitted model on the test part."""
    if split.task == "regression":
        residual = split.y_test - np.ravel(model.predict(split.X_test))
        return {"error": float(np.sqrt(np.mean(residual**2)) / split.y_test.std())}
    # A class that no training row has gets probability 0, which is clipped: the same for every model.
    every = int(max(classes[-1], split.y_test.max())) + 1
    probability = np.zeros((len(split.y_test), every))
    probability[:, classes] = model.predict_proba(split.X_test)
    chosen = probability[np.arange(len(probability)), split.y_test]
    return {
        "error": float(-np.log(np.clip(chosen, SMALLEST, None)).mean()),
        "auc": area(probability, split.y_test),
        "accuracy": float(np.mean(probability.argmax(axis=1) == split.y_test)),
        "calibration": calibration_error(probability, split.y_test),
    }


def area(probability: np.ndarray, y: np.ndarray) -> float:
    """Return the area under the ROC curve: the mean over classes, each against all others."""
    from sklearn.metrics import roc_auc_score

    each = [
        roc_auc_score(y == k, probability[:, k])
        for k in range(probability.shape[1])
        if 0 < np.count_nonzero(y == k) < len(y)
    ]
    return float(np.mean(each)) if each else float("nan")


def calibration_error(probability: np.ndarray, y: np.ndarray, bins: int = BINS) -> float:
    """Return the expected calibration error: |share right - mean probability| of the predicted class.

    In bins of equal width, weighted by the number of rows in them. It is above zero for a perfect model, the more
    so the fewer the rows.

    Reference
    ---------
    Guo, Pleiss, Sun and Weinberger (2017), On calibration of modern neural networks.
    """
    confidence, right = probability.max(axis=1), probability.argmax(axis=1) == y
    bin_of = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = np.bincount(bin_of, weights=right - confidence, minlength=bins)
    return float(np.abs(gaps).sum() / len(y))


def measure(column: Column, split: Split, threads: int) -> Measured:
    """Fit a column's model to a split and return what came out, or ``{"failed": ...}``.

    Peers print and warn whatever they are told; that is left out.
    """
    for name in ("lightning.pytorch", "pytorch_lightning"):
        logging.getLogger(name).setLevel(logging.ERROR)
    classes, y = np.empty(0, int), split.y_train
    if split.task == "classification":
        classes, y = np.unique(y, return_inverse=True)  # some peers want 0, 1, ... without a gap
    nowhere = io.StringIO()
    with warnings.catch_warnings(), contextlib.redirect_stdout(nowhere), contextlib.redirect_stderr(nowhere):
        warnings.simplefilter("ignore")
        try:
            model = make(column, split, threads)
            start = time.perf_counter()
            model.fit(split.X_train, y)
            seconds = time.perf_counter() - start
            measured = judge(model, split, classes)
        except Exception as fault:  # a run of many hours goes on without this fit
            return {"failed": f"{type(fault).__name__}: {fault}"}
    epochs = getattr(model, "n_iter_", None) if column.package == "deepstat" else None
    return {
        **measured,
        "seconds": seconds,
        "epochs": None if epochs is None else float(np.mean(epochs)),
        "task": split.task,
        "n_test": len(split.y_test),
    }


Task = tuple[str, Column, Split]


def run(tasks: Sequence[Task], threads: int, jobs: int) -> Iterator[tuple[Task, Measured]]:
    """Yield tasks with their measurements as they come, from this process or from several."""
    if jobs == 1:
        yield from ((task, measure(*task[1:], threads)) for task in tasks)
        return
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        waiting = {pool.submit(measure, *task[1:], threads): task for task in tasks}
        try:
            yield from ((waiting[done], done.result()) for done in as_completed(waiting))
        finally:  # interrupted: what runs is awaited, the rest is dropped
            pool.shutdown(cancel_futures=True)


def gather(columns: Sequence[Column], sets: dict[str, str], args: argparse.Namespace) -> Found:
    """Measure what is asked for and not known, keep it at once, and return all that is known.

    A package that is not installed here leaves its columns to what another interpreter has measured.
    """
    kept, threads, found = Cache(args.cache), n_threads(args), Found()
    version = {column.package: version_of(column.package) for column in columns}
    if args.deepstat_version is not None:
        version["deepstat"] = args.deepstat_version
    tasks: list[Task] = []
    keys = {}
    for name, text in sets.items():
        for split in splits_of(text, args.splits, args.rows):
            found.task[name], total = split.task, checksum(split)
            for column in columns:
                own = version[column.package]
                key = keys[name, split.number, column.name] = key_of(column, split, total)
                known = kept.find(key, own, threads) is not None and not args.fresh
                if not known and own is not None and not args.only_cached:
                    tasks.append((name, column, split))
    for number, ((name, column, split), measured) in enumerate(run(tasks, threads, args.jobs), start=1):
        done = f"  {number} of {len(tasks)}: {name} {split.number} {column.name}"
        if "failed" in measured:
            print(f"{done} FAILED: {measured['failed'][:300]}", file=sys.stderr, flush=True)
            continue
        key, own = keys[name, split.number, column.name], version[column.package]
        kept.keep(key, own, threads, args.jobs, measured)
        print(f"{done}: {measured['error']:.4f} in {measured['seconds']:.1f} s", file=sys.stderr, flush=True)
    by_name = {column.name: column for column in columns}
    for (name, number, column), key in keys.items():
        own = version[by_name[column].package]
        exact = kept.find(key, own, threads)
        known = exact or kept.find(key, own, None)
        if known is None:
            continue
        timed = exact is not None and known["jobs"] == args.jobs
        known = known if timed else {**known, "seconds": None}
        found.measured.setdefault((name, column), {})[number] = known
        found.versions.setdefault(column, set()).add(known["version"])
    return found
