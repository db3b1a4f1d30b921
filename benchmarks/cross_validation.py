"""Ten-fold cross-validation of one small network: the whole call of scikit-learn's cross_validate.

``python -m benchmarks.cross_validation``

Every measurement is a process of its own, after the imports of scikit-learn, torch and the package measured. deepstat
is measured cold (nothing compiled before), warm (an earlier process left the compiled step on disk), at the second call
of a process (the step is in memory) and without compilation.
"""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from typing import Any

from benchmarks.timing import Claim, Report, head, interleave, options, parse, show, worker

HIDDEN, BATCH, FOLDS = (64, 64), 32, 10
CACHES = ("DEEPSTAT_CACHE", "TORCHINDUCTOR_CACHE_DIR")
CLAIMS = [
    Claim("skorch, n_jobs=1", "deepstat, warm cache", at_least=12.0),
    Claim("MLPRegressor, n_jobs=1", "deepstat, warm cache", at_least=4.0),
    Claim("skorch, n_jobs=2", "deepstat, warm cache", at_least=6.0),
    Claim("MLPRegressor, n_jobs=2", "deepstat, warm cache", at_least=2.0),
]
ROWS = [
    "deepstat, warm cache",
    "deepstat, second call",
    "deepstat, cold cache",
    "deepstat, eager",
    "MLPRegressor, n_jobs=1",
    "MLPRegressor, n_jobs=2",
    "skorch, n_jobs=1",
    "skorch, n_jobs=2",
]


def make(name: str, n: int, epochs: int) -> tuple[Callable[[], Any], Any]:
    """Return the call to measure and a context manager to make it in."""
    import contextlib

    from sklearn.model_selection import KFold, cross_validate

    from benchmarks.peers import make_data, make_deepstat, make_sklearn, make_skorch

    X, y = make_data(n)
    n_jobs = 2 if name.endswith("n_jobs=2") else None
    context: Any = contextlib.nullcontext()
    if name.startswith("deepstat"):
        import deepstat.model_selection

        context = deepstat.population()
        model = make_deepstat(HIDDEN, BATCH, max_epochs=epochs, compile="eager" not in name)
    elif name.startswith("skorch"):
        model, y = make_skorch(X.shape[1], HIDDEN, BATCH, max_epochs=epochs), y[:, None]
    else:
        model = make_sklearn(HIDDEN, BATCH, max_epochs=epochs)
    folds = KFold(FOLDS, shuffle=True, random_state=0)
    return lambda: cross_validate(model, X, y, cv=folds, n_jobs=n_jobs), context


def measure(name: str, n: int, epochs: int) -> None:
    """Print the seconds of a call and its scores, as JSON."""
    from benchmarks.peers import quiet

    quiet()
    call, context = make(name, n, epochs)
    with context:
        if name.endswith("second call"):
            call()
        start = time.perf_counter()
        found = call()
        seconds = time.perf_counter() - start
    print(json.dumps({"seconds": seconds, "scores": list(found["test_score"])}))


def main(argv: Sequence[str] | None = None) -> None:
    """Run the benchmark."""
    parser = options(__doc__.splitlines()[0], repeats=3)
    parser.add_argument("--rows", type=int, default=2_000)
    parser.add_argument("--epochs", type=int, default=100)
    parser.add_argument("--measure", default=None, help="measure this row in this process and stop")
    args = parse(parser, argv)
    n, epochs = (200, 2) if args.quick else (args.rows, args.epochs)
    if args.measure is not None:
        measure(args.measure, args.rows, args.epochs)
        return
    scores: dict[str, float] = {}
    sizes = ["--rows", str(n), "--epochs", str(epochs)]

    def task(name: str) -> Callable[[], float]:
        def run() -> float:
            before = {variable: os.environ.get(variable) for variable in CACHES}
            with tempfile.TemporaryDirectory() as empty:
                if name.endswith("cold cache"):
                    os.environ.update(dict.fromkeys(CACHES, empty))
                found = json.loads(worker("benchmarks.cross_validation", "--measure", name, *sizes))
            for variable, value in before.items():
                os.environ.pop(variable, None)
                if value is not None:
                    os.environ[variable] = value
            scores[name] = sum(found["scores"]) / len(found["scores"])
            return float(found["seconds"])

        return run

    report = Report()
    head(
        report,
        f"Ten-fold cross_validate: n={n}, p=20, hidden {HIDDEN}, batch {BATCH}, {epochs} epochs, Adam, float32",
        args,
    )
    report.say("Seconds of the whole call in a fresh process, the packages imported before.")
    report.say()
    rows = ["deepstat, eager", "MLPRegressor, n_jobs=1"] if args.quick else ROWS
    tasks = {name: task(name) for name in rows}
    if not args.quick:
        tasks["deepstat, warm cache"]()  # leaves the cache
    show(report, interleave(tasks, args.repeats), rows[0], CLAIMS, unit=1.0, unit_name="s")
    report.say("Mean score (R2) of the folds: " + ", ".join(f"{k} {v:.3f}" for k, v in scores.items()))
    report.write(args.out)


if __name__ == "__main__":
    main()
