"""What ``import deepstat`` costs beyond the interpreter, and that it loads neither torch nor scikit-learn.

``python -m benchmarks.import_time``
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence

from benchmarks.timing import ROOT, Report, head, interleave, options, parse, show

TARGET = 0.1
HEAVY = ("torch", "sklearn", "numpy", "scipy", "pandas", "pluggy")


def seconds_of(code: str) -> Callable[[], float]:
    """Return a task: the wall time of a fresh interpreter that runs one line."""

    def run() -> float:
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT, capture_output=True)
        return time.perf_counter() - start

    return run


def main(argv: Sequence[str] | None = None) -> None:
    """Run the benchmark."""
    args = parse(options(__doc__.splitlines()[0], repeats=31), argv)
    tasks = {"interpreter alone": seconds_of("pass"), "import deepstat": seconds_of("import deepstat")}
    peers = {
        "import numpy": "import numpy",
        "import sklearn": "import sklearn",
        "import torch": "import torch",
    }
    slow = {
        "from deepstat import DeepRegressor": "from deepstat import DeepRegressor",
        "import skorch": "import skorch",
    }
    if not args.quick:
        tasks |= {name: seconds_of(code) for name, code in (peers | slow).items()}
    report = Report()
    head(report, "Import: seconds of a fresh interpreter", args)
    for task in tasks.values():
        task()  # warm-up: byte code, file cache
    found = interleave(tasks, args.repeats)
    show(report, found, "interpreter alone", [])
    beyond = [a - b for a, b in zip(found["import deepstat"], found["interpreter alone"], strict=True)]
    middle = statistics.median(beyond)
    verdict = "reached" if middle <= TARGET else "MISSED"
    report.say(
        f"import deepstat beyond the interpreter: {middle * 1e3:.2f} ms, target <= {TARGET * 1e3:g} ms: {verdict}"
    )
    code = f"import deepstat, sys, json; print(json.dumps([m for m in {HEAVY!r} if m in sys.modules]))"
    done = subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT, capture_output=True, text=True)
    loaded = json.loads(done.stdout)
    report.say(f"loaded by it, of {', '.join(HEAVY)}: {', '.join(loaded) or 'none'}")
    report.write(args.out)


if __name__ == "__main__":
    main()
