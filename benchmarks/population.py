"""Ten members as one population: seconds a model and epoch, beside one plain loop with a fused Adam.

``python -m benchmarks.population``
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from benchmarks.peers import PlainLoop, deepstat_epochs, make_data, make_deepstat, quiet, timed_epochs
from benchmarks.timing import Claim, Report, head, interleave, options, parse, show

HIDDEN, BATCH = (64, 64), 32
CLAIMS = [
    Claim("plain loop", "deepstat eager, one of 10", at_least=3.5),
    Claim("plain loop", "deepstat compiled, one of 10", at_least=11.0),
]


def main(argv: Sequence[str] | None = None) -> None:
    """Run the benchmark."""
    parser = options(__doc__.splitlines()[0], repeats=7)
    parser.add_argument("--members", type=int, default=10, help="networks in the population")
    args = parse(parser, argv)
    quiet()
    n, n_epochs = (500, 1) if args.quick else (20_000, 2)
    K = args.members
    X, y = make_data(n)
    loop = PlainLoop(X, y, HIDDEN, BATCH, fused=True)

    def population(**params: Any) -> float:
        return deepstat_epochs(make_deepstat(HIDDEN, BATCH, **params), X, y, n_epochs)

    tasks = {
        "plain loop": lambda: timed_epochs(loop.epoch, n_epochs),
        f"deepstat eager, one of {K}": lambda: population(n_members=K, compile=False) / K,
        f"deepstat compiled, one of {K}": lambda: population(n_members=K, compile=True) / K,
        "deepstat eager, alone": lambda: population(compile=False),
    }
    if args.quick:
        del tasks[f"deepstat compiled, one of {K}"]  # compiling takes longer than all the rest
    report = Report()
    head(
        report,
        f"Population: {K} members, n={n}, p={X.shape[1]}, hidden {HIDDEN}, batch {BATCH}, Adam, float32",
        args,
    )
    report.say(
        f"Time of one model and epoch: median of {n_epochs} epochs after warm-up in each round, over the members."
    )
    report.say(
        "The plain loop is one network with Adam(fused=True), rows shuffled once an epoch, slices as batches."
    )
    report.say()
    interleave(tasks, 1)  # warm-up, compilation
    show(report, interleave(tasks, args.repeats), "plain loop", CLAIMS)
    report.write(args.out)


if __name__ == "__main__":
    main()
