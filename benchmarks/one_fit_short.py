"""One short fit in a fresh process: the first whole call after imports, beside skorch, scikit-learn and a plain loop.

``python -m benchmarks.one_fit_short``

Every measurement is a process of its own, which imports all it needs, loads the data, and only then starts the clock.
torch loads its compiler package when the first of its optimizers is built (a second or so, in skorch and in the plain
loop alike); that is no training, so those peers are measured twice: as they are, and with that package imported before.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from typing import Any

from benchmarks.timing import Claim, Report, head, interleave, options, parse, show, worker

HIDDEN, BATCH = (64, 64), 32
CLAIMS = [
    Claim("deepstat", "skorch, compiler package imported", at_most=0.5),
    Claim("deepstat", "plain loop, compiler package imported", at_most=1.15),
    Claim("deepstat", "skorch", at_most=0.5),
    Claim("deepstat", "plain loop", at_most=1.15),
]
PACKAGE = ", compiler package imported"


def prepare(name: str, X: Any, y: Any, epochs: int) -> Callable[[], object]:
    """Import what a peer needs and return its whole call."""
    if name.endswith(PACKAGE):
        import torch._dynamo  # noqa: F401

        name = name.removesuffix(PACKAGE)
    from benchmarks.peers import PlainLoop, make_deepstat, make_sklearn, make_skorch

    p = X.shape[1]
    if name.startswith("deepstat"):
        import deepstat.estimators.regressor  # noqa: F401

        return lambda: make_deepstat(HIDDEN, BATCH, max_epochs=epochs).fit(X, y)
    if name == "skorch":
        import skorch  # noqa: F401

        return lambda: make_skorch(p, HIDDEN, BATCH, epochs).fit(X, y[:, None])
    if name == "MLPRegressor":
        import sklearn.neural_network  # noqa: F401

        return lambda: make_sklearn(HIDDEN, BATCH, epochs).fit(X, y)

    def by_hand() -> None:
        standardised = (X - X.mean(axis=0)) / X.std(axis=0), (y - y.mean()) / y.std()
        loop = PlainLoop(*standardised, HIDDEN, BATCH)
        for _ in range(epochs):
            loop.epoch()

    return by_hand


def measure(name: str, epochs: int) -> None:
    """Print the seconds of the first and of the second call, as JSON."""
    import numpy as np
    from sklearn.datasets import load_diabetes

    X, y = load_diabetes(return_X_y=True)
    if name != "deepstat, float64":
        X, y = X.astype(np.float32), y.astype(np.float32)
    call = prepare(name, X, y, epochs)
    seconds = []
    for _ in range(2):
        start = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - start)
    print(json.dumps(seconds))


def main(argv: Sequence[str] | None = None) -> None:
    """Run the benchmark."""
    parser = options(__doc__.splitlines()[0], repeats=9)
    parser.add_argument("--epochs", type=int, default=100)
    parser.add_argument("--measure", default=None, help="measure this row in this process and stop")
    args = parse(parser, argv)
    epochs = 5 if args.quick else args.epochs
    if args.measure is not None:
        measure(args.measure, epochs)
        return
    names = [
        "deepstat",
        "plain loop" + PACKAGE,
        "skorch" + PACKAGE,
        "plain loop",
        "skorch",
        "MLPRegressor",
        "deepstat, float64",
    ]
    if args.quick:
        names = ["deepstat", "plain loop"]
    second: dict[str, list[float]] = {name: [] for name in names}

    def task(name: str) -> Callable[[], float]:
        def run() -> float:
            first, again = json.loads(
                worker("benchmarks.one_fit_short", "--measure", name, "--epochs", str(epochs))
            )
            second[name].append(again)
            return first

        return run

    report = Report()
    title = (
        f"One short fit: diabetes (442 x 10), hidden {HIDDEN}, batch {BATCH}, {epochs} epochs, Adam, float32"
    )
    head(report, title, args)
    report.say(
        "Time of the first whole call after imports, each in a fresh process; no validation part, constant rate."
    )
    report.say()
    first = interleave({name: task(name) for name in names}, args.repeats)
    reference = "plain loop" if args.quick else "plain loop" + PACKAGE
    show(report, first, reference, CLAIMS)
    report.say("The second call in the same process (no claim):")
    report.say()
    show(report, second, reference, [])
    report.write(args.out)


if __name__ == "__main__":
    main()
