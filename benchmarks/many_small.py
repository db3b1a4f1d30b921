"""A hundred small networks as one population: seconds a model, beside skorch.

``python -m benchmarks.many_small``
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from benchmarks.peers import (
    PlainLoop,
    deepstat_epochs,
    make_data,
    make_deepstat,
    make_skorch,
    quiet,
    timed_epochs,
)
from benchmarks.timing import Claim, Report, head, interleave, options, parse, show

HIDDEN, BATCH = (16, 16), 32
CLAIMS = [Claim("skorch", f"deepstat {mode}", at_least=60.0) for mode in ("eager", "compiled")]


def main(argv: Sequence[str] | None = None) -> None:
    """Run the benchmark."""
    parser = options(__doc__.splitlines()[0], repeats=7)
    parser.add_argument("--members", type=int, default=100, help="networks in the population")
    parser.add_argument("--epochs", type=int, default=50, help="epochs of the whole fits")
    args = parse(parser, argv)
    quiet()
    n, n_epochs, K = (200, 1, 5) if args.quick else (2_000, 3, args.members)
    X, y = make_data(n)
    columns = y[:, None]
    skorch = make_skorch(X.shape[1], HIDDEN, BATCH)
    skorch.initialize()
    loop = PlainLoop(X, y, HIDDEN, BATCH)

    def ours(compile_: bool) -> float:
        return (
            deepstat_epochs(make_deepstat(HIDDEN, BATCH, n_members=K, compile=compile_), X, y, n_epochs) / K
        )

    tasks = {
        "skorch": lambda: timed_epochs(lambda: skorch.partial_fit(X, columns), n_epochs),
        "plain loop": lambda: timed_epochs(loop.epoch, n_epochs),
        "deepstat eager": lambda: ours(False),
        "deepstat compiled": lambda: ours(True),
    }
    if args.quick:
        del tasks["deepstat compiled"]  # compiling takes longer than all the rest
    report = Report()
    head(
        report,
        f"Many small: {K} members, n={n}, p={X.shape[1]}, hidden {HIDDEN}, batch {BATCH}, Adam, float32",
        args,
    )
    report.say(
        f"Time of one model and epoch: median of {n_epochs} epochs after warm-up in each round, over the members."
    )
    report.say()
    interleave(tasks, 1)  # warm-up, compilation
    show(report, interleave(tasks, args.repeats), "skorch", CLAIMS)

    epochs = 2 if args.quick else args.epochs

    def whole_ours(compile_: bool) -> float:
        start = time.perf_counter()
        make_deepstat(HIDDEN, BATCH, n_members=K, compile=compile_, max_epochs=epochs).fit(X, y)
        return (time.perf_counter() - start) / K

    def whole_skorch() -> float:
        start = time.perf_counter()
        make_skorch(X.shape[1], HIDDEN, BATCH, max_epochs=epochs).fit(X, columns)
        return time.perf_counter() - start

    whole = {
        "skorch": whole_skorch,
        "deepstat eager": lambda: whole_ours(False),
        "deepstat compiled": lambda: whole_ours(True),
    }
    if args.quick:
        del whole["deepstat compiled"]
    report.say(
        f"The whole call of fit, {epochs} epochs, per model (the graph is compiled already, as for a second fit):"
    )
    report.say()
    show(report, interleave(whole, max(1, args.repeats // 2)), "skorch", CLAIMS)
    report.write(args.out)


if __name__ == "__main__":
    main()
