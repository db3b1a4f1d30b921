"""What one member more costs, as a share of what the first costs, for populations of 1 to 1000.

``python -m benchmarks.one_member_more --plot benchmarks/results/one_member_more.png``

The cost of member K + 1 is the slope of the whole call's time between K and 2 K members; that of member 1 is the whole
call for one.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence

import numpy as np

from benchmarks.peers import make_data, make_deepstat, quiet
from benchmarks.timing import Report, head, interleave, options, parse

HIDDEN, BATCH, TARGET = (32, 32), 32, 0.1
SIZES = (1, 10, 100, 1000)


def main(argv: Sequence[str] | None = None) -> None:
    """Run the benchmark."""
    from deepstat.estimators.refit import Draw, refit

    parser = options(__doc__.splitlines()[0], repeats=3)
    parser.add_argument("--rows", type=int, default=1_000)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--plot", default=None, help="file for a plot")
    args = parse(parser, argv)
    quiet()
    n, epochs, sizes = (100, 2, (1, 2)) if args.quick else (args.rows, args.epochs, SIZES)
    X, y = make_data(n)

    def call(n_members: int, compile_: bool) -> float:
        model = make_deepstat(HIDDEN, BATCH, max_epochs=epochs, compile=compile_)
        start = time.perf_counter()
        for _ in refit(model, X, y, [Draw(seed=k) for k in range(n_members)]):
            pass
        return time.perf_counter() - start

    modes = {"eager": False} if args.quick else {"eager": False, "compiled": True}
    report = Report()
    head(
        report,
        f"One member more: n={n}, p=20, hidden {HIDDEN}, batch {BATCH}, {epochs} epochs, float32",
        args,
    )
    lines = {}
    for mode, compile_ in modes.items():
        tasks = {
            str(K): (lambda K=K, compile_=compile_: call(K, compile_))
            for K in sorted({1, *sizes, *(2 * K for K in sizes)})
        }
        interleave(tasks, 1)  # imports, compilation
        found = interleave(tasks, args.repeats)
        first = found["1"]
        rows, lines[mode] = [], []
        for K in sizes:
            slopes = [
                (double - once) / K / alone
                for once, double, alone in zip(found[str(K)], found[str(2 * K)], first, strict=True)
            ]
            lines[mode].append(statistics.median(slopes))
            middle = statistics.median(found[str(K)])
            rows.append([f"{K}", f"{middle:.3f}", f"{middle / K * 1e3:.2f}", f"{lines[mode][-1]:.4f}"])
        report.say(f"{mode}:")
        report.table(["K", "seconds of the call", "ms a member", "one more / the first"], rows)
        report.say()
        if 10 in sizes:
            share = lines[mode][sizes.index(10)]
            verdict = "reached" if share < TARGET else "MISSED"
            report.say(
                f"{mode}, K=10: one member more / the first: {share:.3f}, target < {TARGET}: {verdict}"
            )
            report.say()
    if args.plot is not None:
        _plot(args.plot, sizes, lines)
    report.write(args.out)


def _plot(path: str, sizes: Sequence[int], lines: dict[str, list[float]]) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5, 3.5), layout="constrained")
    axes = figure.subplots()
    for mode, shares in lines.items():
        axes.loglog(sizes, np.maximum(shares, 1e-4), marker="o", label=mode)
    axes.axhline(TARGET, color="grey", linestyle=":", label="target at K = 10")
    axes.set(xlabel="members K", ylabel="cost of member K + 1 / cost of member 1", title=f"hidden {HIDDEN}")
    axes.legend()
    figure.savefig(path, dpi=120)


if __name__ == "__main__":
    main()
