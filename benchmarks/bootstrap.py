"""Two hundred bootstrap draws of one small network, beside a loop of skorch fits.

``python -m benchmarks.bootstrap``

The loop does a part of the draws (``--peer-draws``), and its time is scaled up: each draw is the same work.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np

from benchmarks.peers import make_data, make_deepstat, make_skorch, quiet
from benchmarks.timing import Claim, Report, head, interleave, options, parse, show

HIDDEN, BATCH = (16, 16), 32
CLAIMS = [Claim("skorch loop", f"deepstat {mode}", at_least=40.0) for mode in ("compiled", "eager")]


def main(argv: Sequence[str] | None = None) -> None:
    """Run the benchmark."""
    from deepstat.inference import bootstrap

    parser = options(__doc__.splitlines()[0], repeats=5)
    parser.add_argument("--draws", type=int, default=200)
    parser.add_argument("--peer-draws", type=int, default=10, help="draws that the skorch loop really does")
    parser.add_argument("--epochs", type=int, default=50)
    args = parse(parser, argv)
    quiet()
    n, n_draws, epochs = (100, 4, 2) if args.quick else (500, args.draws, args.epochs)
    peers = min(args.peer_draws, n_draws)
    X, y = make_data(n)

    def ours(compile_: bool) -> float:
        model = make_deepstat(HIDDEN, BATCH, max_epochs=epochs, compile=compile_)
        start = time.perf_counter()
        bootstrap(
            model, X, y, lambda fitted: fitted.predict(X[:5]), n_draws=n_draws, n_seeds=0, random_state=0
        )
        return time.perf_counter() - start

    def loop() -> float:
        rng = np.random.default_rng(0)
        start = time.perf_counter()
        for _ in range(peers):
            rows = rng.integers(0, n, n)
            model = make_skorch(X.shape[1], HIDDEN, BATCH, max_epochs=epochs)
            model.fit(X[rows], y[rows, None]).predict(X[:5])
        return (time.perf_counter() - start) * n_draws / peers

    tasks = {
        "skorch loop": loop,
        "deepstat eager": lambda: ours(False),
        "deepstat compiled": lambda: ours(True),
    }
    if args.quick:
        del tasks["deepstat compiled"]
    report = Report()
    head(
        report,
        f"Bootstrap: {n_draws} draws, n={n}, p=20, hidden {HIDDEN}, batch {BATCH}, {epochs} epochs",
        args,
    )
    report.say(
        f"Seconds of the whole call. The skorch loop does {peers} of the draws, and its time is multiplied; the first "
        "round, which imports and compiles, is not counted."
    )
    report.say()
    interleave(tasks, 1)
    show(report, interleave(tasks, args.repeats), "skorch loop", CLAIMS, unit=1.0, unit_name="s")
    report.write(args.out)


if __name__ == "__main__":
    main()
