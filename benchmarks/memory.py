"""Peak resident memory of a fit to a large table, above that after importing torch; the caller's array counted.

``python -m benchmarks.memory``

Every measurement is a process of its own. The base is what is resident after the imports; the peak is the process's
high-water mark after the fit. On Linux it is ``VmHWM``: ``ru_maxrss`` of a new process starts at what its parent had
resident, so elsewhere, where only that is to be had, this script's own small size is its floor.
"""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.timing import Report, head, interleave, options, parse, worker

HIDDEN = (64, 64)
TARGET = 2.5
STATUS = Path("/proc/self/status")


def peak_bytes() -> int:
    """Return the high-water mark of resident memory."""
    if STATUS.exists():
        return _status("VmHWM")
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


def resident_bytes() -> int:
    """Return the memory resident now; where the system does not say, the high-water mark, which is no less."""
    return _status("VmRSS") if STATUS.exists() else peak_bytes()


def _status(name: str) -> int:
    line = next(
        line for line in STATUS.read_text(encoding="utf-8").splitlines() if line.startswith(f"{name}:")
    )
    return int(line.split()[1]) * 1024


def prepare(name: str, p: int, epochs: int) -> Callable[[Any, Any], object]:
    """Import what a row needs and return its fit."""
    from benchmarks.peers import make_deepstat, make_sklearn, make_skorch

    if name == "the data alone":
        return lambda X, y: None
    if name == "MLPRegressor":
        import sklearn.neural_network  # noqa: F401

        return lambda X, y: make_sklearn(HIDDEN, 256, epochs).fit(X, y)
    if name == "skorch":
        import skorch  # noqa: F401

        return lambda X, y: make_skorch(p, HIDDEN, 256, epochs).fit(X, y[:, None])
    import deepstat.estimators.regressor  # noqa: F401

    params: dict[str, Any] = {"max_epochs": epochs, "early_stopping": "validation" in name}
    if "10 members" in name:
        params["n_members"] = 10
    return lambda X, y: (
        make_deepstat(HIDDEN, 256, **params).fit(X, y).predict(X if "predict" in name else X[:10])
    )


def measure(name: str, n: int, p: int, epochs: int) -> None:
    """Print the bytes of the data and of the peak above the base, as JSON."""
    import numpy as np
    import torch  # noqa: F401

    base = resident_bytes()
    fit = prepare(name, p, epochs)
    imported = resident_bytes()
    X = np.empty((n, p), dtype=np.float32)
    rng = np.random.default_rng(0)
    for start in range(0, n, 10_000):  # block by block, so that making the data leaves no mark above its size
        X[start : start + 10_000] = rng.standard_normal((min(10_000, n - start), p), dtype=np.float32)
    y = X[:, 0] * X[:, 1]
    made = peak_bytes()
    fit(X, y)
    print(
        json.dumps(
            {
                "data": X.nbytes + y.nbytes,
                "imports": imported - base,
                "made": made - base,
                "peak": peak_bytes() - base,
            }
        )
    )


def main(argv: Sequence[str] | None = None) -> None:
    """Run the benchmark."""
    parser = options(__doc__.splitlines()[0], repeats=3)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--columns", type=int, default=50)
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--measure", default=None, help="measure this row in this process and stop")
    args = parse(parser, argv)
    n = 20_000 if args.quick else args.rows
    if args.measure is not None:
        measure(args.measure, n, args.columns, args.epochs)
        return
    names = ["deepstat", "deepstat, with validation", "deepstat, 10 members", "deepstat, fit and predict"]
    names += ["skorch", "MLPRegressor", "the data alone"]
    if args.quick:
        names = ["deepstat", "the data alone"]
    details: dict[str, dict[str, int]] = {}
    sizes = ["--rows", str(n), "--columns", str(args.columns), "--epochs", str(args.epochs)]

    def task(name: str) -> Callable[[], float]:
        def run() -> float:
            details[name] = json.loads(worker("benchmarks.memory", "--measure", name, *sizes))
            return float(details[name]["peak"])

        return run

    report = Report()
    head(report, f"Memory: n={n}, p={args.columns}, float32, {args.epochs} epoch(s) at batch 256", args)
    report.say(
        "Peak resident memory above that after importing torch, as a multiple of the data (X and y of the caller)."
    )
    report.say()
    found = interleave({name: task(name) for name in names}, args.repeats)
    rows = []
    for name, values in found.items():
        data, most = details[name]["data"], max(values)
        made, imports = details[name]["made"] / data, details[name]["imports"]
        rows.append(
            [name, f"{most / 2**20:.0f}", f"{imports / 2**20:.0f}", f"{made:.2f}", f"{most / data:.2f}"]
        )
    report.table(
        ["largest of the rounds", "peak MiB", "of it imports", "peak before fit / data", "peak / data"], rows
    )
    ratio = max(found["deepstat"]) / details["deepstat"]["data"]
    verdict = "reached" if ratio <= TARGET else "MISSED"
    report.say()
    report.say(f"deepstat / data: {ratio:.2f}, target <= {TARGET}: {verdict}")
    report.write(args.out)


if __name__ == "__main__":
    main()
